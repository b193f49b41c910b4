package distil

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/learning"
)

// Input is a cut model and what it learns from.
type Input struct {
	// Original is the simplified model, and Cut what Plan leaves of it; its weights change.
	Original, Cut *graph.Model
	Analysis      *group.Analysis
	Plan          *group.Plan
	Data          dataset.Source
	// Classes says that outputs of two axes are scores of classes.
	Classes bool
	// Zeros holds the weights at zero that are zero.
	Zeros bool
}

// folds is how many samples there are for each that is held out, and fewest the least number of samples.
const (
	folds  = 10
	fewest = 2 * folds
)

// Learnt lists the numbers of those of count samples that are learnt from. The others judge, so nothing else may learn from
// them either.
func Learnt(count int) (numbers []int) {
	for i := range count {
		if i%folds != folds-1 {
			numbers = append(numbers, i)
		}
	}
	return numbers
}

// Apply changes the weights of the cut model so that it approaches the original. On the samples held out it is never worse
// than before: otherwise its weights stay as they are.
func Apply(ctx context.Context, o Options, in Input, s stage.Settings) (*report.Distillation, error) {
	r, err := apply(ctx, o.withDefaults(), in, s)
	if err != nil {
		return nil, fmt.Errorf("distil: %w", err)
	}
	return r, nil
}

// Check reports whether a model can learn from these samples, before it is cut. Cut and Plan of the input are not read.
func Check(in Input, s stage.Settings) error {
	in.Cut, in.Plan = in.Original, &group.Plan{}
	one, err := enough(in.Data)
	if err == nil {
		batch, free := samples.BatchOf(in.Original), true
		if free = !batch.Fixed; free {
			batch.Size = 1
		}
		_, err = newStudent(in, one, batch.Size, s, free)
	}
	if err != nil {
		return fmt.Errorf("distil: %w", err)
	}
	return nil
}

// enough returns the first sample, or says that there are too few.
func enough(data dataset.Source) (map[string]*graph.Tensor, error) {
	if data == nil {
		return nil, fmt.Errorf("want samples to learn from: give some with --calibration")
	}
	if n := data.Count(); n < fewest {
		return nil, fmt.Errorf("want at least %d samples, have %d", fewest, n)
	}
	return data.Read([]int{0})
}

func apply(ctx context.Context, o Options, in Input, s stage.Settings) (*report.Distillation, error) {
	one, err := enough(in.Data)
	if err != nil {
		return nil, err
	}
	s.Report("distil", 0, 0)
	c, err := newCourse(ctx, o, in, one, s)
	if err != nil {
		return nil, err
	}
	if err := c.run(ctx); err != nil {
		return nil, err
	}
	c.finish()
	return c.report, nil
}

// course is one run of learning.
type course struct {
	options  Options
	input    Input
	settings stage.Settings
	report   *report.Distillation

	train, held []int // numbers of samples
	teacher     *teacher
	student     *student
	rng         *rand.Rand
	began       time.Time
	said        time.Time // when progress was last told in words

	first, least float64 // losses on held-out samples: at first, and the best
	best         [][]float32
	agreement    float64 // of the best; negative if it is not known
}

func newCourse(ctx context.Context, o Options, in Input, one map[string]*graph.Tensor, s stage.Settings) (*course, error) {
	c := &course{options: o, input: in, settings: s, report: &report.Distillation{Rate: o.Rate},
		rng: rand.New(rand.NewPCG(s.Seed, 0x9e3779b97f4a7c15))}
	c.train = Learnt(in.Data.Count())
	for i := folds - 1; i < in.Data.Count(); i += folds {
		c.held = append(c.held, i)
	}
	c.report.Augmented = o.Augment.String()
	return c, c.prepare(ctx, one)
}

// prepare chooses the batch and what is compared, and compiles the graphs.
func (c *course) prepare(ctx context.Context, one map[string]*graph.Tensor) error {
	fixed := samples.BatchOf(c.input.Original)
	batch := min(c.options.Batch, len(c.train))
	if fixed.Fixed {
		batch = fixed.Size
	}
	n, err := newStudent(c.input, one, batch, c.settings, !fixed.Fixed)
	if err != nil {
		return err
	}
	c.student, c.report.Batch = n, n.batch
	if len(c.train) < n.batch || len(c.held) < n.judged {
		return fmt.Errorf("want at least %d samples for the batch of %d that the model takes, have %d",
			n.batch*folds, n.batch, c.input.Data.Count())
	}
	c.held = c.held[:len(c.held)/n.judged*n.judged]
	c.report.Samples, c.report.Held = len(c.train), len(c.held)
	c.report.Learnt, c.report.Fixed, c.report.Zeros, c.report.Stops = n.learnt, n.fixed, n.zeros, n.stops()
	for _, m := range n.matches {
		loss := "squares"
		if m.kind == learning.Scores {
			loss = "divergence"
		}
		c.report.Terms = append(c.report.Terms, report.DistilTerm{Value: m.name, Role: m.role, Loss: loss, Weight: m.weight})
	}
	var sample int64
	for _, t := range one {
		sample += t.Bytes()
	}
	memory := c.settings.MemoryBound() - n.bytes
	c.teacher, err = newTeacher(c.input.Original, n.matches, c.input.Data, c.settings.Workers(),
		room{memory, sample, n.answers, !c.options.Augment.on()})
	if err != nil {
		return err
	}
	scales, err := c.scales(ctx)
	if err != nil {
		return err
	}
	return n.compile(scales, c.settings.Workers())
}

// scales returns the factor of each term: one over the variance of what the original computes there on the samples held
// out, over all positions; one for divergences, which have a scale of their own.
func (c *course) scales(ctx context.Context) ([]float64, error) {
	terms := len(c.student.matches)
	sum, squares, count := make([]float64, terms), make([]float64, terms), make([]float64, terms)
	for i := 0; i < len(c.held); i += c.student.judged {
		numbers := c.held[i : i+c.student.judged]
		feeds, err := c.teacher.read(numbers)
		if err != nil {
			return nil, err
		}
		answers, err := c.teacher.answer(ctx, feeds, numbers)
		if err != nil {
			return nil, err
		}
		for k, x := range answers {
			for _, v := range graph.Data[float32](x) {
				sum[k] += float64(v)
				squares[k] += float64(v) * float64(v)
			}
			count[k] += float64(x.Len())
		}
	}
	scales := make([]float64, len(sum))
	for k := range scales {
		scales[k] = 1
		if variance := squares[k]/count[k] - sum[k]/count[k]*(sum[k]/count[k]); c.student.matches[k].kind == learning.Values && variance > 0 {
			scales[k] = 1 / variance
		}
	}
	return scales, nil
}

// judge returns the loss on the samples held out for these weights, and the share of them on which both models agree,
// negative if outputs are no scores.
func (c *course) judge(ctx context.Context, weights [][]float32) (loss, agreement float64, err error) {
	agreed, of := 0, 0
	for i := 0; i < len(c.held); i += c.student.judged {
		numbers := c.held[i : i+c.student.judged]
		feeds, err := c.teacher.read(numbers)
		if err != nil {
			return 0, 0, err
		}
		answers, err := c.teacher.answer(ctx, feeds, numbers)
		if err != nil {
			return 0, 0, err
		}
		l, same, rows, err := c.student.judge(ctx, feeds, answers, weights)
		if err != nil {
			return 0, 0, err
		}
		loss += l * float64(len(numbers)) / float64(len(c.held))
		agreed, of = agreed+same, of+rows
	}
	if of == 0 {
		return loss, -1, nil
	}
	return loss, float64(agreed) / float64(of), nil
}

// run takes the steps.
func (c *course) run(ctx context.Context) error {
	n, o := c.student, c.options
	var err error
	if c.first, c.agreement, err = c.judge(ctx, n.values()); err != nil {
		return err
	}
	c.least, c.report.Before = c.first, c.first
	c.report.AgreementBefore = share(c.agreement)
	each := len(c.train) / n.batch
	total := each * o.Epochs
	adam := learning.NewAdamW()
	adam.Relative = true
	average := learning.NewAverage(n.weights)
	c.began, c.said = time.Now(), time.Now()
	order := append([]int(nil), c.train...)
	stale, loss := 0, 0.0
	for epoch := range o.Epochs {
		c.rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		loss = 0
		for k := range each {
			done := c.done(c.report.Steps, total)
			if done >= 1 {
				break
			}
			l, err := c.step(ctx, order[k*n.batch:(k+1)*n.batch], adam, o.Rate*learning.OneCycle(done))
			if err != nil {
				return err
			}
			average.Add(n.weights)
			loss += l / float64(each)
			c.report.Steps++
			c.tell(l, total)
		}
		c.report.Epochs = epoch + 1
		better, err := c.consider(ctx, average.Values)
		if err != nil {
			return err
		}
		if stale++; better {
			stale = 0
		}
		if why := c.stop(loss, stale, epoch, total); why != "" {
			c.report.Stopped = why
			break
		}
	}
	c.report.Seconds = time.Since(c.began).Seconds() / float64(max(1, c.report.Steps))
	_, err = c.consider(ctx, n.values())
	return err
}

// stop returns why no further epoch begins, or "".
func (c *course) stop(loss float64, stale, epoch, total int) string {
	switch {
	case math.IsNaN(loss) || math.IsInf(loss, 0):
		return "the loss is not finite"
	case c.done(c.report.Steps, total) >= 1 && epoch+1 < c.options.Epochs:
		return "the time is up"
	case stale >= max(5, c.options.Epochs/3):
		return fmt.Sprintf("no better on the samples held out for %d epochs", stale)
	}
	return ""
}

// done returns the share of the course that is over, by steps or by time.
func (c *course) done(steps, total int) float64 {
	share := float64(steps) / float64(max(1, total))
	if c.options.Time > 0 {
		share = max(share, float64(time.Since(c.began))/float64(c.options.Time))
	}
	return share
}

// step learns from a batch and returns its loss.
func (c *course) step(ctx context.Context, numbers []int, adam *learning.AdamW, rate float64) (float64, error) {
	feeds, err := c.teacher.read(numbers)
	if err != nil {
		return 0, err
	}
	if c.options.Augment.on() {
		feeds, numbers = c.options.Augment.apply(feeds, c.rng), nil
	}
	answers, err := c.teacher.answer(ctx, feeds, numbers)
	if err != nil {
		return 0, err
	}
	loss, err := c.student.learn(ctx, feeds, answers)
	if err != nil {
		return 0, err
	}
	adam.Step(c.student.weights, rate)
	return loss, nil
}

// consider keeps the weights if they are the best so far on the samples held out.
func (c *course) consider(ctx context.Context, weights [][]float32) (better bool, err error) {
	loss, agreement, err := c.judge(ctx, weights)
	if err != nil || !(loss < c.least) {
		return false, err
	}
	c.least, c.agreement, c.report.Best = loss, agreement, c.report.Steps
	if c.best == nil {
		c.best = make([][]float32, len(weights))
	}
	for i, w := range weights {
		c.best[i] = append(c.best[i][:0], w...)
	}
	return true, nil
}

// finish writes the best weights to the cut model.
func (c *course) finish() {
	c.report.After, c.report.AgreementAfter = c.least, share(c.agreement)
	if c.best == nil {
		c.report.Undone = true
		return
	}
	c.student.write(c.best)
}

// share returns a share, or nil if it is not known.
func share(x float64) *float64 {
	if x < 0 {
		return nil
	}
	return &x
}

// between is how often progress is told in words.
const between = time.Minute

// tell reports progress: steps, and from time to time the loss and what is left.
func (c *course) tell(loss float64, total int) {
	if c.options.Time > 0 {
		c.settings.Report("distil", int(1000*c.done(c.report.Steps, total)), 1000)
	} else {
		c.settings.Report("distil", c.report.Steps, total)
	}
	if time.Since(c.said) < between {
		return
	}
	c.said = time.Now()
	spent := time.Since(c.began)
	left := time.Duration(float64(spent) * (1/c.done(c.report.Steps, total) - 1)).Round(time.Second)
	agreed := ""
	if c.agreement >= 0 {
		agreed = fmt.Sprintf(", agreement %.1f %%", 100*c.agreement)
	}
	c.settings.Report(fmt.Sprintf("distil: step %d of at most %d, loss %.4g; held out %.4g, %.4g before%s; %v left",
		c.report.Steps, total, loss, c.least, c.first, agreed, left), c.report.Steps, total)
}

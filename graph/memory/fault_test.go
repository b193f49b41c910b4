package memory

import "testing"

func TestRelayCarriesAPanicToWhoWaits(t *testing.T) {
	var r Relay
	r.Raise() // nothing
	for range 3 {
		done := make(chan bool)
		for i := range 4 {
			go func() {
				r.Do(func() {
					if i > 1 {
						panic("of a worker")
					}
				})
				done <- true
			}()
		}
		for range 4 {
			<-done
		}
		func() {
			defer func() {
				if p := recover(); p != "of a worker" {
					t.Errorf("have %v", p)
				}
			}()
			r.Raise()
		}()
		r.Raise() // once
	}
	if FaultIn("of a worker", []byte{1}) || FaultIn(nil, []byte{1}) {
		t.Error("what is no fault counts as one")
	}
}

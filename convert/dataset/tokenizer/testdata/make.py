#!/usr/bin/env python3
"""Makes small tokenizers of each kind and what the library tokenizers answers for texts in several languages.

    pip install tokenizers==0.23.3 sentencepiece==0.2.3
    git clone https://huggingface.co/datasets/PhilipMay/stsb-multi-mt   # CC BY-SA 4.0
    ./make.py stsb-multi-mt/data

X.json is a tokenizer.json, expected.json has the texts and, for each file, the numbers of each text, of pairs of neighbours, and of
such pairs cut to 12 tokens; normalizers.json what normalizers make of the texts. Training is not repeatable to the last token.
"""
import csv
import glob
import json
import os
import sys
import tempfile

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

here = os.path.dirname(os.path.abspath(__file__))
languages = {}
for path in sorted(glob.glob(os.path.join(sys.argv[1], "*-dev.csv"))):
    with open(path, newline="") as f:
        languages[path.split("-")[-2]] = [s for row in csv.reader(f) for s in row[:2]]
assert languages, "want the CSV files of stsb-multi-mt"
sentences = [s for language in languages.values() for s in language]
latin = [s for name, language in languages.items() if name not in ("ja", "ru", "zh") for s in language]

texts = [s for language in languages.values() for s in language[:30:10]] + [
    "", " ", "  two  spaces  ", "tab\there", "it's  I'LL we'd\n\n x ", "[SEP] in [MASK]ed <s>text</s>", "naïve façade ÅÉ İstanbul ΣΑΣ ß ﬁ ½ ²",
    "日本語テキスト 한국어 ไทย हिन्दी עברית العربية", "👩‍👩‍👧 🏳️‍🌈 e\u0301 a\u0300\u0301", "\u200bzero\ufeffwidth\u00a0nbsp\u2028ls\u3000wide",
    "a" * 120, "don't-stop_me.now!?$%^+=<>|~`", "1234567 12.5% ¾ Ⅷ ٣", "\ufffd\x00\x01\x7f", "\u0378\ue000\U000f0000\u00ad x", "``quoted'' ▁low ##ing",
    "a man is   <mask> now   and dancing, xdancing dancingly dancing", "now a xylophone",
]


def template(begin, end, t, second=1):
    return processors.TemplateProcessing(single=f"{begin} $A {end}", pair=f"{begin} $A {end} $B:{second} {end}:{second}",
                                         special_tokens=[(begin, t.token_to_id(begin)), (end, t.token_to_id(end))])


def word_piece():
    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer, t.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    t.train_from_iterator(sentences, trainers.WordPieceTrainer(vocab_size=900, limit_alphabet=300, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]))
    t.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    t.enable_padding(length=16)
    t.enable_truncation(16)
    return t


def byte_bpe():
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.train_from_iterator(sentences, trainers.BpeTrainer(vocab_size=800, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=["<s>", "<pad>", "</s>"]))
    t.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
    t.add_tokens([AddedToken("dancing", single_word=True), AddedToken("now", rstrip=True, normalized=False)])
    t.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return t


def split_bpe():
    """As Llama 3 and Qwen 2 have it: the words are cut by an expression with a lookahead."""
    t = Tokenizer(models.BPE(ignore_merges=True))
    t.normalizer = normalizers.NFC()
    expression = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(expression), "isolated"),
                                               pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    t.train_from_iterator(sentences, trainers.BpeTrainer(vocab_size=600, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=["<|begin|>", "<|end|>"]))
    saved = json.loads(t.to_str())
    saved["model"]["vocab"]["Ġxylophone"] = len(saved["model"]["vocab"])  # which no merges lead to
    t = Tokenizer.from_str(json.dumps(saved))
    t.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), template("<|begin|>", "<|end|>", t)])
    return t


def llama_bpe():
    """As Llama 2 has it: no pre-tokenizer, bytes where a character is unknown."""
    t = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    t.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    bytes_ = [f"<0x{b:02X}>" for b in range(256)]
    t.train_from_iterator(sentences[:200], trainers.BpeTrainer(vocab_size=600, limit_alphabet=80, max_token_length=10, special_tokens=["<unk>", "<s>", "</s>"] + bytes_))
    saved = json.loads(t.to_str())
    saved["added_tokens"] = saved["added_tokens"][:3]  # bytes are no added tokens
    t = Tokenizer.from_str(json.dumps(saved))
    t.post_processor = template("<s>", "</s>", t, 0)
    t.enable_padding(direction="left", pad_id=2, pad_token="</s>")
    t.enable_truncation(16, direction="left")
    return t


def suffix_bpe():
    """As CLIP and OpenAI GPT have it: a mark at the end of words; merges are written as text."""
    t = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    t.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.Punctuation("contiguous")])
    t.train_from_iterator(sentences, trainers.BpeTrainer(vocab_size=700, limit_alphabet=150, end_of_word_suffix="</w>", special_tokens=["<unk>", "<pad>"]))
    saved = json.loads(t.to_str())
    saved["model"]["merges"] = [" ".join(m) for m in saved["model"]["merges"]]
    return Tokenizer.from_str(json.dumps(saved))


def unigram():
    t = Tokenizer(models.Unigram())
    t.normalizer = normalizers.Sequence([normalizers.NFKD(), normalizers.StripAccents(), normalizers.Strip()])
    t.pre_tokenizer = pre_tokenizers.Metaspace()
    t.train_from_iterator(latin, trainers.UnigramTrainer(vocab_size=600, shrinking_factor=0.5, special_tokens=["<pad>", "<unk>", "</s>"], unk_token="<unk>"))
    t.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 2)])
    t.enable_padding(pad_id=0, pad_token="<pad>", pad_to_multiple_of=4)
    return t


def byte_unigram():
    """A Unigram with bytes for unknown characters, and spaces that begin the first text alone."""
    t = Tokenizer(models.Unigram())
    t.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    t.train_from_iterator(languages["en"], trainers.UnigramTrainer(vocab_size=400, initial_alphabet=[], special_tokens=["<unk>", "<s>"], unk_token="<unk>"))
    saved = json.loads(t.to_str())
    saved["model"]["vocab"] += [[f"<0x{b:02X}>", -20.0] for b in range(256)]
    saved["model"]["byte_fallback"] = True
    return Tokenizer.from_str(json.dumps(saved))


def precompiled():
    """Rules as a SentencePiece model has them: a few of its own, and one of a cluster of two characters."""
    with tempfile.TemporaryDirectory() as d:
        with open(os.path.join(d, "rules.tsv"), "w") as f:
            for a, b in [("é", "e"), ("e\u0301", "E"), ("ﬁ", "fi"), ("½", "1/2"), ("\t", " "), ("\u3000", " "), ("\u200b", ""), ("ß", "ss"), ("!", "?")]:
                f.write(" ".join(f"{ord(c):X}" for c in a) + "\t" + " ".join(f"{ord(c):X}" for c in b) + "\n")
        with open(os.path.join(d, "text"), "w") as f:
            f.write("\n".join(languages["en"]))
        sentencepiece.SentencePieceTrainer.train(input=os.path.join(d, "text"), model_prefix=os.path.join(d, "m"), vocab_size=150, model_type="unigram",
                                                 normalization_rule_tsv=os.path.join(d, "rules.tsv"))
        m = sentencepiece_model_pb2.ModelProto()
        with open(os.path.join(d, "m.model"), "rb") as f:
            m.ParseFromString(f.read())
    t = Tokenizer(models.Unigram([(p.piece, p.score) for p in m.pieces], 0, False))
    t.normalizer = normalizers.Sequence([normalizers.Precompiled(m.normalizer_spec.precompiled_charsmap), normalizers.Replace(Regex(" {2,}"), " ")])
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    return t


def word_level():
    t = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    t.normalizer, t.pre_tokenizer = normalizers.Lowercase(), pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Split("-", "merged_with_previous")])
    t.train_from_iterator(languages["en"], trainers.WordLevelTrainer(vocab_size=200, special_tokens=["[UNK]", "[PAD]"]))
    return t


expected = {"texts": texts, "files": {}}
pairs = list(zip(texts[:-1], texts[1:]))
for make in word_piece, byte_bpe, split_bpe, llama_bpe, suffix_bpe, unigram, byte_unigram, precompiled, word_level:
    t = make()
    with open(os.path.join(here, make.__name__ + ".json"), "w") as f:
        json.dump(json.loads(t.to_str()), f, ensure_ascii=False, separators=(",", ":"))
    padded = [e.ids for e in t.encode_batch(texts)]
    direction = "left" if make is llama_bpe else "right"
    t.no_padding()
    t.no_truncation()
    one = [e.ids for e in t.encode_batch(texts)]
    two = [[e.ids, e.type_ids] for e in t.encode_batch(pairs)]
    t.enable_truncation(12, direction=direction)
    cut = [e.ids for e in t.encode_batch(pairs)]
    expected["files"][make.__name__ + ".json"] = {"one": one, "pairs": two, "cut": cut}
with open(os.path.join(here, "expected.json"), "w") as f:
    json.dump(expected, f, ensure_ascii=False, separators=(",", ":"))

forms = {
    "bert": normalizers.BertNormalizer(), "bert cased": normalizers.BertNormalizer(lowercase=False), "nfc": normalizers.NFC(), "nfd": normalizers.NFD(),
    "nfkc": normalizers.NFKC(), "nfkd": normalizers.NFKD(), "lowercase": normalizers.Lowercase(), "accents": normalizers.StripAccents(),
}
rows = []
for name, n in forms.items():
    t = Tokenizer(models.WordLevel({"a": 0}, unk_token="a"))
    t.normalizer = n
    rows.append({"name": name, "normalizer": json.loads(t.to_str())["normalizer"], "want": [n.normalize_str(s) for s in texts]})
with open(os.path.join(here, "normalizers.json"), "w") as f:
    json.dump(rows, f, ensure_ascii=False, separators=(",", ":"))

#!/usr/bin/env python3
"""The largest difference from transformers of every family that neurox loads, measured anew: a table in Markdown.

    python3 scripts/bench/families.py [--neurox build/release/neurox] [--work DIR] [--only NAME,...] [MODEL...]

Needs torch, transformers and h5py. Every model of scripts/fixtures/models.py and pair_models.py and the few below is made with
random weights and written to DIR (--only: these; none: no such model); MODEL are folders of real models, run on English. Both programs read the same text in float32,
one thread, and of each the largest absolute difference is taken:
  hidden states  what `extract` writes of every block, every token
  logits         what `attribute` says of classes, answers and next tokens; of masked language models the log-probabilities of `logit-lens`
  edited         unit 3 of block 0's MLP set to zero: what `ablate --changes` says of the mean of every later neuron, and `ablate --json` of
                 likelihoods and confidences, against a forward hook
Exits with 1 when a difference is over 1e-5 of the largest value (1 at least) that it is taken from; of a change that is the largest hidden state.
"""
import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import torch
import transformers as t

sys.path.insert(0, str(Path(__file__).parents[1] / "fixtures"))
import models as single  # noqa: E402
import pair_models as pairs  # noqa: E402

SEED = 7
UNIT = 3
MLP_OUT = re.compile(r"(layer\.0\.output\.dense|lin2|ffn_output|layer_2|c_proj|down_proj|dense_4h_to_h|\.wo|fc2)$")
SENTENCES = ["The cat sat on the mat .", "In 1905 he wrote four papers in Bern .", "Water boils at one hundred degrees .",
             "She sells sea shells by the sea shore .", "No ."]
QUESTIONS = [("Where did he write them ?", "In 1905 he wrote four papers in Bern ."), ("What boils ?", "Water boils at one hundred degrees .")]

TEXT = dict(single.ENCODER, pad_token_id=0)
MORE = {
    "roberta": (t.RobertaModel, t.RobertaConfig(**TEXT, type_vocab_size=1)),
    "xlm-roberta-mlm": (t.XLMRobertaForMaskedLM, t.XLMRobertaConfig(**TEXT, type_vocab_size=1)),
    "camembert-mlm": (t.CamembertForMaskedLM, t.CamembertConfig(**TEXT, type_vocab_size=1)),
    "camembert-sequence": (t.CamembertForSequenceClassification, t.CamembertConfig(**TEXT, type_vocab_size=1, **single.THREE)),
}

def tokenizer_file(folder, name, words):
    """Word wN is token N."""
    vocabulary = {f"w{i}": i for i in range(words)}
    tree = dict(version="1.0", added_tokens=[], pre_tokenizer=dict(type="WhitespaceSplit"),
                model=dict(type="WordLevel", vocab=vocabulary, unk_token="w3"))
    (folder / name).write_text(json.dumps(tree))


def run(neurox, arguments, folder):
    command = [neurox, *map(str, arguments), "--json", "--quiet", "--threads", "1"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    return json.loads(done.stdout)


def columns(file, where):
    """Columns of X by site, in order."""
    with h5py.File(file) as data:
        table = data[where]
        sites = table["site"]
        if isinstance(sites, h5py.Group):
            names = sites["categories"].asstr()[:][sites["codes"][:]]
        else:
            names = sites.asstr()[:]
        return list(names), table["neuron"][:]


class Worst:
    """The largest difference so far, and the largest value behind it."""

    def __init__(self):
        self.difference, self.size, self.places = None, 1.0, 0

    def add(self, ours, theirs):
        ours, theirs = torch.as_tensor(ours, dtype=torch.float64), torch.as_tensor(theirs, dtype=torch.float64)
        if ours.shape != theirs.shape:
            sys.exit(f"shapes {tuple(ours.shape)} and {tuple(theirs.shape)}")
        self.difference = max(self.difference or 0.0, (ours - theirs).abs().max().item())
        self.size = max(self.size, theirs.abs().max().item())
        self.places += ours.numel()

    def merge(self, other):
        if other.difference is not None:
            self.difference = max(self.difference or 0.0, other.difference)
            self.size = max(self.size, other.size)
            self.places += other.places

    def __str__(self):
        return "" if self.difference is None else f"{self.difference:.1e} of {self.size:.2g}"


class Subject:
    """A model in transformers and in a folder, and a text as token ids."""

    def __init__(self, neurox, folder, model, text, ids):
        self.neurox, self.folder, self.model, self.text = neurox, folder, model, text
        self.ids = ids  # one tensor each; of pairs (source, decoder's)
        self.pair = bool(model.config.is_encoder_decoder)
        self.hidden, self.logits, self.edited = Worst(), Worst(), Worst()
        self.norm_first = any(s["site"].endswith("ln_final.hook_out") for s in run(neurox, ["info", "."], folder)["sites"])

    def theirs(self, edit=False):
        """transformers' outputs, sentence by sentence."""
        guard = None
        if edit:
            module = next(m for n, m in self.model.named_modules() if MLP_OUT.search(n) and "attn" not in n and "attention" not in n)
            calls = []

            def zero(_, args):
                calls.append(0)
                if len(calls) > 1:  # ALBERT's blocks share their weights
                    return None
                x = args[0].clone()
                x[..., UNIT] = 0
                return (x, *args[1:])

        out = []
        for ids in self.ids:
            if edit:
                calls.clear()
                guard = module.register_forward_pre_hook(zero)
            with torch.no_grad():
                if self.pair:
                    out.append(self.model(input_ids=ids[0][None], decoder_input_ids=ids[1][None], output_hidden_states=True))
                else:
                    typed = dict(token_type_ids=torch.zeros_like(ids)[None]) if self.model.config.model_type == "xlnet" else {}
                    out.append(self.model(input_ids=ids[None], output_hidden_states=True, **typed))
            if guard is not None:
                guard.remove()
        return out

    def states(self, outputs, side):
        """Of each depth all tokens' rows; those of words alone, which `extract` has rows for."""
        if not self.pair:
            return [torch.cat([o.hidden_states[k][0] for o in outputs]) for k in range(len(outputs[0].hidden_states))]
        key = f"{side}_hidden_states"
        # The row of the decoder's start is a special token's.
        return [torch.cat([o[key][k][0] for o in outputs]) for k in range(len(outputs[0][key]))]

    def sites(self, side):
        front = f"{side}_" if self.pair else ""
        return [f"{front}resid_pre@0", f"{front}resid_post"] + ([f"{front}final_norm"] if self.norm_first else [])

    def read(self):
        return [self.text] + (["--text-column", "source", "--pair-column", "target"] if self.pair else [])

    def compare_hidden(self):
        outputs = self.theirs()
        for side in ("encoder", "decoder") if self.pair else ("",):
            run(self.neurox, ["extract", ".", *self.read(), "--unit", "token", "--special-tokens", "--sites",
                              ",".join(self.sites(side)), "-o", "hidden.h5ad", "--force"], self.folder)
            with h5py.File(self.folder / "hidden.h5ad") as data:
                X = torch.from_numpy(data["X"][:])
            names, _ = columns(self.folder / "hidden.h5ad", "var")
            theirs = self.states(outputs, side)
            order = list(dict.fromkeys(names))
            if self.norm_first:  # the last of theirs is behind the norm
                order.remove(next(n for n in order if n.endswith(f"{len(theirs) - 2}.hook_resid_post")))
            for k, name in enumerate(order):
                self.hidden.add(X[:, [i for i, n in enumerate(names) if n == name]], theirs[k])

    def values(self, target, *more):
        """What `attribute` says that the target is in each text."""
        said = run(self.neurox, ["attribute", ".", *self.read(), "--target", target, "--method", "saliency", "--baseline", "zero",
                                 *more, "-o", "values.h5ad", "--force"], self.folder)
        return [example["f(x)"] for example in said["examples"]]

    def compare_logits(self):
        outputs = self.theirs()
        kind = self.model.config.architectures[0] if self.model.config.architectures else type(self.model).__name__
        if kind.endswith("ForSequenceClassification"):
            for c in range(self.model.config.num_labels):
                self.logits.add(self.values(f"LABEL_{c}" if "LABEL_0" in self.model.config.label2id else self.model.config.id2label[c]),
                                [o.logits[0, c] for o in outputs])
        elif kind.endswith("ForTokenClassification"):
            for c in range(self.model.config.num_labels):
                self.logits.add(self.values(self.model.config.id2label[c], "--word", 0), [o.logits[0, 0, c] for o in outputs])
        elif "ForQuestionAnswering" in kind:
            self.compare_answers()
        elif "ForMaskedLM" in kind or kind == "XLNetLMHeadModel":
            self.logits.add(*self.lens(outputs, 0))
        elif "LM" in kind or "ForConditionalGeneration" in kind or kind == "MarianMTModel":
            for token in self.some_tokens():
                self.logits.add(self.values(f"next={token[0]}"), [o.logits[0, self.last(i), token[1]] for i, o in enumerate(outputs)])
            if not self.pair:
                self.logits.add(*self.lens(outputs, 1))

    def compare_answers(self):
        """Start and end logits of the answers that the model gives itself, each text a question and its context."""
        lines, expected = ["question\tcontext"], {"start": [], "end": []}
        for question, context, ids, types, begin, end in self.questions():
            lines.append(f"{question}\t{context}")
            typed = self.model.config.model_type == "xlnet" or getattr(self.model.config, "type_vocab_size", 0) > 1
            with torch.no_grad():
                out = self.model(input_ids=ids[None], **(dict(token_type_ids=types[None]) if typed else {}))
            first, last = out.start_logits[0], out.end_logits[0]
            spans = [((first[i] + last[j]).item(), i, j) for i in range(begin, end) for j in range(i, min(i + 30, end))]
            _, i, j = max(spans, key=lambda span: (span[0], -span[1]))
            expected["start"].append(first[i])
            expected["end"].append(last[j])
        (self.folder / "questions.tsv").write_text("\n".join(lines) + "\n")
        for target, theirs in expected.items():
            said = run(self.neurox, ["attribute", ".", "questions.tsv", "--text-column", "question", "--pair-column", "context", "--target",
                                     target, "--method", "saliency", "--baseline", "zero", "-o", "values.h5ad", "--force"], self.folder)
            self.logits.add([example["f(x)"] for example in said["examples"]], theirs)

    def questions(self):
        """Question, context, ids of both, their types, and where the context begins and ends."""
        for ids in self.ids:
            half = len(ids) // 2
            words = [f"w{i}" for i in ids.tolist()]
            types = (torch.arange(len(ids)) >= half).long()
            yield " ".join(words[:half]), " ".join(words[half:]), ids, types, half, len(ids)

    def last(self, i):
        return -1

    def some_tokens(self):
        return [(f"w{i}", i) for i in (5, 17, 30)]

    def lens(self, outputs, ahead):
        """Log-probabilities of the text's own tokens."""
        run(self.neurox, ["attribute", ".", *self.read(), "--method", "logit-lens", "--sites",
                          "final_norm" if self.norm_first else f"resid_post@{len(outputs[0].hidden_states) - 2}", "--target", "text",
                          "--unit", "token", "--best", 1, "-o", "lens.h5ad", "--force"], self.folder)
        with h5py.File(self.folder / "lens.h5ad") as data:
            ours = torch.from_numpy(data["X"][:, -1])
        theirs = []
        for ids, o in zip(self.ids, outputs):
            p = o.logits[0].double().log_softmax(1)
            theirs += [p[i, ids[i + ahead]].item() for i in range(len(ids) - ahead)]
        return ours[: len(theirs)], theirs

    def compare_edited(self):
        plain, edited = self.theirs(), self.theirs(edit=True)
        neuron = f"{'encoder_' if self.pair else ''}mlp_post@0:{UNIT}"
        for side in ("encoder", "decoder") if self.pair else ("",):
            sites = [s for s in self.sites(side) if not s.endswith("resid_pre@0")]
            run(self.neurox, ["ablate", ".", *self.read(), "--neurons", neuron, "--operation", "zero", "--changes", ",".join(sites),
                              "-o", "changes.h5ad", "--force"], self.folder)
            with h5py.File(self.folder / "changes.h5ad") as data:
                ours = torch.from_numpy(data["layers/change"][:, -1])
            names, _ = columns(self.folder / "changes.h5ad", "obs")
            theirs = [self.words_of(b, side).double().mean(0) - self.words_of(a, side).double().mean(0)
                      for a, b in zip(self.states(plain, side), self.states(edited, side))][1:]
            order = list(dict.fromkeys(names))
            if self.norm_first:
                order.remove(next(n for n in order if n.endswith(f"{len(theirs) - 1}.hook_resid_post")))
            for k, name in enumerate(order):
                self.edited.add(ours[[i for i, n in enumerate(names) if n == name]], theirs[k])
        self.compare_figures(neuron, plain, edited)

    def words_of(self, rows, side):
        """Rows of words: without a decoder's start."""
        if side != "decoder":
            return rows
        kept, at = [], 0
        for _, target in self.ids:
            kept += list(range(at + 1, at + len(target)))
            at += len(target)
        return rows[kept]

    def compare_figures(self, neuron, plain, edited):
        kind = type(self.model).__name__
        causal = kind.endswith("ForCausalLM") or kind == "GPT2LMHeadModel"
        if not (causal or self.pair or "ForSequenceClassification" in kind or "ForTokenClassification" in kind):
            return
        said = run(self.neurox, ["ablate", ".", *self.read(), "--neurons", neuron, "--operation", "zero", "-o", "edited.h5ad", "--force"],
                   self.folder)["effects"]
        if causal or self.pair:
            for outputs, row in zip((plain, edited), said):
                total = count = 0
                for ids, o in zip(self.ids, outputs):
                    read = ids[1] if self.pair else ids
                    p = o.logits[0].double().log_softmax(1)
                    total -= sum(p[i, read[i + 1]].item() for i in range(len(read) - 1))
                    count += len(read) - 1
                self.edited.add([row["nll"]], [total / count])
            return
        drops = []
        for a, b in zip(plain, edited):
            p, q = a.logits[0].double().softmax(-1), b.logits[0].double().softmax(-1)
            p, q = p.reshape(-1, p.shape[-1]), q.reshape(-1, q.shape[-1])
            best = p.argmax(1, keepdim=True)
            drops += (p.gather(1, best) - q.gather(1, best)).flatten().tolist()
        self.edited.add([said[1]["confidence_drop"]], [sum(drops) / len(drops)])

    def compare(self):
        self.compare_hidden()
        self.compare_logits()
        self.compare_edited()


class Real(Subject):
    """A folder of pretrained weights, on English."""

    def __init__(self, neurox, source, folder):
        text = folder / "text.txt"
        text.write_text("\n".join(SENTENCES) + "\n")
        self.tokenizer = t.AutoTokenizer.from_pretrained(source)
        config = t.AutoConfig.from_pretrained(source)
        kind = getattr(t, (config.architectures or [""])[0], t.AutoModel)
        model = kind.from_pretrained(source, dtype=torch.float32, attn_implementation="eager").eval()
        self.source = source
        ids = [torch.tensor(self.tokenizer(s).input_ids) for s in SENTENCES]
        super().__init__(neurox, folder, model, "text.txt", ids)

    def words_of(self, rows, side):
        """A word is the mean of its pieces: those that share a character with it."""
        out, at = [], 0
        for sentence in SENTENCES:
            pieces = self.tokenizer(sentence, return_offsets_mapping=True).offset_mapping
            for word in re.finditer(r"\S+", sentence):
                held = [i for i, (begin, end) in enumerate(pieces) if begin < word.end() and end > word.start()]
                out.append(rows[[at + i for i in held]].double().mean(0))
            at += len(pieces)
        return torch.stack(out)

    def questions(self):
        for question, context in QUESTIONS:
            both = self.tokenizer(question, context)
            inside = [i for i, side in enumerate(both.sequence_ids()) if side == 1]
            types = torch.tensor(both.get("token_type_ids", [0] * len(both.input_ids)))
            yield question, context, torch.tensor(both.input_ids), types, inside[0], inside[-1] + 1

    def some_tokens(self):
        out = []
        for word in (" the", " is", " dog"):
            ids = self.tokenizer(word, add_special_tokens=False).input_ids
            if len(ids) == 1:
                out.append((word, ids[0]))
        return out


def make(neurox, folder, name, model_class, config, pair):
    torch.manual_seed(SEED)
    config._attn_implementation = "eager"
    if getattr(config, "pad_token_id", None) is None:
        config.pad_token_id = 0
    model = model_class(config).eval()
    single.randomise(model)
    if pair and config.model_type in ("t5", "mt5"):
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.dim() > 1:
                    parameter.copy_(0.3 * torch.randn_like(parameter))
    target = folder / name
    shutil.rmtree(target, ignore_errors=True)
    model.save_pretrained(target)
    words = config.vocab_size
    tokenizer_file(target, "tokenizer.json", words)
    generator = torch.Generator().manual_seed(SEED)
    if not pair:
        ids = [torch.randint(4, 58, (n,), generator=generator) for n in single.LENGTHS if n > 1]
        (target / "text.txt").write_text("\n".join(" ".join(f"w{i}" for i in s.tolist()) for s in ids) + "\n")
        return Subject(neurox, target, model, "text.txt", ids)
    target_words = getattr(config, "decoder_vocab_size", None) or words
    if target_words != words:
        tokenizer_file(target, "target_tokenizer.json", target_words)
    ids, lines = [], ["source\ttarget"]
    for n, m in pairs.LENGTHS:
        source = torch.randint(4, 38, (n,), generator=generator)
        written = torch.randint(4, target_words - 3, (max(m, 2),), generator=generator)
        lines.append("\t".join(" ".join(f"w{i}" for i in s.tolist()) for s in (source, written)))
        ids.append((source, torch.cat([torch.tensor([config.decoder_start_token_id]), written])))
    (target / "pairs.tsv").write_text("\n".join(lines) + "\n")
    return Subject(neurox, target, model, "pairs.tsv", ids)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--neurox", default="build/release/neurox")
    parser.add_argument("--work")
    parser.add_argument("--only", type=lambda names: [] if names == "none" else names.split(","))
    parser.add_argument("models", nargs="*", type=Path)
    options = parser.parse_args()
    known = {**single.MODELS, **MORE, **pairs.MODELS}
    for name in options.only or []:
        if name not in known:
            parser.error(f"--only {name}: no such model; there are {', '.join(known)}; none")
    for folder in options.models:
        if not (folder / "config.json").exists():
            parser.error(f"{folder}: no config.json")
    neurox = str(Path(options.neurox).resolve())
    torch.set_num_threads(1)
    t.logging.set_verbosity_error()
    t.logging.disable_progress_bar()
    work = Path(options.work or tempfile.mkdtemp(prefix="families."))
    work.mkdir(parents=True, exist_ok=True)
    rows, failed = {}, []

    def measure(family, name, subject):
        subject.compare()
        row = rows.setdefault(family, ([], Worst(), Worst(), Worst()))
        row[0].append(name)
        for mine, found, what in zip(row[1:], (subject.hidden, subject.logits, subject.edited), ("hidden states", "logits", "edited")):
            mine.merge(found)
            # A change is the difference of two hidden states, and rounded as they are.
            size = max(found.size, subject.hidden.size) if what == "edited" else found.size
            if found.difference is not None and not found.difference <= 1e-5 * size:
                failed.append(f"{name}: {what} differ by {found.difference:.1e}, the largest value is {size:.3g}")
        print(name, subject.hidden, subject.logits, subject.edited, file=sys.stderr)

    for among, pair in ((single.MODELS, False), (MORE, False), (pairs.MODELS, True)):
        for name, made in among.items():
            if options.only is not None and name not in options.only:
                continue
            measure(f"`{made[1].model_type}`", name, make(neurox, work, name, made[0], made[1], pair))
    for source in options.models:
        folder = work / source.name
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(source.resolve(), folder)
        subject = Real(neurox, str(source), folder)
        measure(f"{source.name}, trained (`{subject.model.config.model_type}`)", source.name, subject)

    print("| model_type | models | hidden states | logits | edited |\n|---|---|---|---|---|")
    for family, (names, *worst) in sorted(rows.items()):
        print(f"| {family} | {len(names)} | {' | '.join(map(str, worst))} |")
    for line in failed:
        print(line, file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

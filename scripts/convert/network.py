#!/usr/bin/env python3
"""Makes the folder of a recurrent or convolutional network (docs/networks.md) from other forms of it.

    python3 scripts/convert/network.py MODEL.ts FOLDER      TorchScript with nn.LSTM or nn.GRU, or windows of nn.Conv1d
    python3 scripts/convert/network.py CHARRNN FOLDER       an ml5.js charRNN: manifest.json, raw float32 files, vocab.json
    python3 scripts/convert/network.py G2P FOLDER           g2p_en, letters to phonemes: checkpoint20.npz, symbols.json

Of TorchScript these names of modules are known: embedding; lstm0, lstm1, ... or lstm, gru, rnn; layers.L.left and .right, or
encoder.left and .right (two directions); windows.K.conv; hidden; output. What lies between them is not looked at: check the
logits of both forms on a text. The vocabulary and the names of classes beside the file are copied. Needs torch (for TorchScript),
numpy and safetensors.
"""
import json
import re
import shutil
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

CELL = r"(weight_ih|weight_hh|bias_ih|bias_hh)_l"
RENAMES = [  # of TorchScript's parameters; {r} is the name of the recurrent layers
    (rf"lstm(\d+)\.{CELL}0$", r"{r}.\2_l\1"),
    (rf"(?:lstm|gru|rnn)\.{CELL}(\d+)(_reverse)?$", r"{r}.\1_l\2\3"),
    (rf"layers\.(\d+)\.left\.{CELL}0$", r"{r}.\2_l\1"),
    (rf"layers\.(\d+)\.right\.{CELL}0$", r"{r}.\2_l\1_reverse"),
    (rf"encoder\.left\.{CELL}0$", r"{r}.\1_l0"),
    (rf"encoder\.right\.{CELL}0$", r"{r}.\1_l0_reverse"),
    (r"windows\.(\d+)\.conv\.(weight|bias)$", r"windows.\1.\2"),
    (r"(embedding|hidden|output)\.(weight|bias)$", r"\1.\2"),
]


def renamed(parameters):
    """Our names; the gates' number tells an LSTM from a GRU."""
    hidden = [x for name, x in parameters.items() if "weight_hh" in name]
    recurrent = "gru" if hidden and hidden[0].shape[0] == 3 * hidden[0].shape[1] else "lstm"
    out = {}
    for name, value in parameters.items():
        for pattern, to in RENAMES:
            if re.match(pattern, name):
                out[re.sub(pattern, to.replace("{r}", recurrent), name)] = np.ascontiguousarray(value)
                break
        else:
            sys.exit(f"{name}: no layer that is known (see --help)")
    return recurrent if hidden else "text-cnn", out


def from_torchscript(file):
    import torch

    module = torch.jit.load(str(file), map_location="cpu")
    kind, tensors = renamed({k: v.detach().float().numpy() for k, v in module.named_parameters()})
    arguments = [a.name for a in module.forward.schema.arguments[1:]]
    pair = sum("ids" in a for a in arguments) == 2
    rows, classes = tensors["embedding.weight"].shape[0], tensors["output.weight"].shape[0]
    texts = kind == "text-cnn" or "hidden.weight" in tensors
    task = "pair" if pair else "text" if texts else "next" if classes == rows else "words"
    return kind, tensors, task


def from_ml5(folder):
    """TensorFlow's BasicLSTMCell: one kernel for input and state, gates i j f o, 1 added to f's pre-activation."""
    manifest = json.loads((folder / "manifest.json").read_text())

    def read(name):
        return np.fromfile(folder / manifest[name]["filename"], np.float32).reshape(manifest[name]["shape"])

    def torch_order(x):  # i j f o -> i f g o
        i, j, f, o = np.split(x, 4, -1)
        return np.concatenate([i, f, j, o], -1)

    tensors = {"embedding.weight": read("embedding"), "output.weight": read("rnnlm/softmax_w").T,
               "output.bias": read("rnnlm/softmax_b")}
    inputs = tensors["embedding.weight"].shape[1]
    for layer in range(sum(name.endswith("/kernel") for name in manifest)):
        scope = f"rnnlm/multi_rnn_cell/cell_{layer}/basic_lstm_cell/"
        kernel, bias = torch_order(read(scope + "kernel")), torch_order(read(scope + "bias")).copy()
        width = bias.size // 4
        bias[width:2 * width] += 1
        tensors |= {f"lstm.weight_ih_l{layer}": kernel[:inputs].T, f"lstm.weight_hh_l{layer}": kernel[inputs:].T,
                    f"lstm.bias_ih_l{layer}": bias, f"lstm.bias_hh_l{layer}": np.zeros_like(bias)}
        inputs = width
    return "lstm", {k: np.ascontiguousarray(v) for k, v in tensors.items()}, "next"


def from_g2p(folder):
    """Graphemes, then phonemes, in one vocabulary: a text is `a c t </s> <s> AE1 K T </S>`."""
    data = np.load(folder / "checkpoint20.npz")
    tensors = {"embedding.weight": np.concatenate([data["enc_emb"], data["dec_emb"]]),
               "output.weight": data["fc_w"], "output.bias": data["fc_b"]}
    for ours, theirs in (("encoder", "enc"), ("decoder", "dec")):
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            tensors[f"{ours}.{name}_l0"] = data[f"{theirs}_{name.replace('weight', 'w').replace('bias', 'b')}"]
    symbols = json.loads((folder / "symbols.json").read_text())
    renames = {"<pad>": "<PAD>", "<unk>": "<UNK>", "</s>": "</S>"}
    words = symbols["graphemes"] + [renames.get(p, p) for p in symbols["phonemes"]]
    config = {"model_type": "gru-seq2seq", "vocab_size": len(words), "source_size": len(symbols["graphemes"]),
              "embedding_size": tensors["embedding.weight"].shape[1], "hidden_size": data["dec_w_hh"].shape[1],
              "eos_token_id": words.index("</S>")}
    finder = {"words": r"</?[sS]>|[A-Z]+[0-2]?|[^A-Z\s]", "lowercase": False, "unknown": "<unk>"}
    return config, {k: np.ascontiguousarray(v) for k, v in tensors.items()}, words, finder


def config_of(kind, tensors, task, labels):
    rows, width = tensors["embedding.weight"].shape
    config = {"model_type": kind, "task": task, "vocab_size": rows, "embedding_size": width}
    if kind == "text-cnn":
        windows = sorted(int(name.split(".")[1]) for name in tensors if re.match(r"windows\.\d+\.weight", name))
        config |= {"windows": [tensors[f"windows.{k}.weight"].shape[2] for k in windows],
                   "filters": tensors["windows.0.weight"].shape[0]}
    else:
        layers = {int(re.search(r"_l(\d+)", name)[1]) for name in tensors if "weight_hh" in name}
        config |= {"hidden_size": tensors[f"{kind}.weight_hh_l0"].shape[1], "num_hidden_layers": len(layers),
                   "bidirectional": any(name.endswith("_reverse") for name in tensors),
                   "bias": any("bias_ih" in name for name in tensors)}
    if "hidden.weight" in tensors:
        config["classifier_size"] = tensors["hidden.weight"].shape[0]
    if task != "next":
        config["num_labels"] = tensors["output.weight"].shape[0]
        if labels:
            config["id2label"] = dict(enumerate(labels))
    return config


def main():
    if len(sys.argv) != 3 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    if (source / "checkpoint20.npz").exists():
        config, tensors, words, finder = from_g2p(source)
        target.mkdir(parents=True)
        (target / "config.json").write_text(json.dumps(config, indent=2) + "\n")
        (target / "model.neurox.json").write_text(json.dumps(finder) + "\n")
        (target / "vocab.txt").write_text("\n".join(words) + "\n")
        return save_file(tensors, target / "model.safetensors")
    if not source.exists() or source.is_dir() and not (source / "manifest.json").exists():
        there = " (its model.ts is one)" if (source / "model.ts").exists() else ""
        done = "; it is such a folder already" if (source / "config.json").exists() else ""
        sys.exit(f"{source}: neither a TorchScript file{there} nor a folder with manifest.json (ml5.js) or checkpoint20.npz (g2p_en){done}")
    beside = source if source.is_dir() else source.parent
    kind, tensors, task = from_ml5(source) if source.is_dir() else from_torchscript(source)
    labels = next(((beside / n).read_text().splitlines() for n in ("labels.txt", "tags.txt") if (beside / n).exists()), [])
    target.mkdir(parents=True)
    config = config_of(kind, tensors, task, labels)
    (target / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    save_file(tensors, target / "model.safetensors")
    for name in ("vocab.txt", "vocab.json", "tokenizer.json"):
        if (beside / name).exists():
            shutil.copyfile(beside / name, target / name)
    if source.is_file() and source.with_suffix(".neurox.json").exists():
        shutil.copyfile(source.with_suffix(".neurox.json"), target / "model.neurox.json")


if __name__ == "__main__":
    main()

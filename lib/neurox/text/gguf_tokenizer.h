#pragma once

#include <nlohmann/json.hpp>

#include "neurox/core/gguf_file.h"

namespace neurox::text {

/// The tokenizer.json that a GGUF file's metadata amount to: byte-level BPE (`gpt2`), by its `pre` of GPT-2,
/// SmolLM, Llama 3 or Qwen 2; sentencepiece's BPE (`llama`).
/// @throws Error{Input} for another kind, by name
nlohmann::json gguf_tokenizer(const GgufFile& file);

/// Its special tokens by the names that tokenizer_config.json gives them: `bos_token`, ... Those that it has.
/// @throws Error{Input} for a number beyond its tokens
nlohmann::json gguf_roles(const GgufFile& file);

}  // namespace neurox::text

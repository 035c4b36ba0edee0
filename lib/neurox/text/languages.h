#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace neurox::text {

struct TokenizerParts;

/// The languages of a source and its target, as a translation model names them: `de_DE`, `deu_Latn`, `de`.
struct Languages {
  std::string source, target;  ///< empty: as the folder says
  bool given() const { return !source.empty() || !target.empty(); }
};

/// Puts the tokens of languages where the tokenizer's class has them:
///
///     MBartTokenizer                                        A </s> source    target B </s>
///     MBart50Tokenizer, M2M100Tokenizer, NllbTokenizer      source A </s>    start target B </s>
///
/// MBart's decoder begins with the target's token instead of a start token. NLLB's `legacy_behaviour` is
/// MBart's source. A code is a token of the vocabulary, or of the form `__de__`. Where no target is given it
/// is `tgt_lang` of tokenizer_config.json, which changes texts that are read, not what must be written first;
/// MBart's decoder then begins as config.json says.
///
/// @param config  tokenizer_config.json, or null
/// @throws Error{Input} for a language given where the tokenizer's class has none, and one that it does not
/// know Source: transformers, the tokenizers' `set_src_lang_special_tokens` and
/// `set_tgt_lang_special_tokens`.
void speak(const std::filesystem::path& folder, const nlohmann::json& config, const Languages& languages,
           TokenizerParts& parts);

}  // namespace neurox::text

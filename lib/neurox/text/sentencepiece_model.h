#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace neurox::text {

/// A sentencepiece `.model` file: a protocol buffer (sentencepiece_model.proto), of which these fields are
/// read.
struct SentencePieceModel {
  enum class Kind { Unigram = 1, Bpe = 2 };
  enum class Type { Normal = 1, Unknown, Control, UserDefined, Unused, Byte };
  struct Piece {
    std::string text;
    float score = 0;
    Type type = Type::Normal;
  };
  std::vector<Piece> pieces;  ///< by id
  Kind kind = Kind::Unigram;
  bool byte_fallback = false;
  std::int32_t unknown = 0;
  std::string character_map;  ///< precompiled_charsmap; empty: none

  /// @throws Error{Input} for a file that is none, a model of words or characters, and a piece of a type that
  /// is not known, by name
  static SentencePieceModel load(const std::filesystem::path& file);
};

/// The tokenizer.json that transformers makes of a model of this `model_type` (config.json's).
/// @throws Error{Input} for a family whose special tokens are not known; the known are listed
nlohmann::json tokenizer_json(const SentencePieceModel& model, const std::string& family,
                              const std::filesystem::path& file);

}  // namespace neurox::text

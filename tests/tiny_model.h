#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "support.h"

namespace neurox::testing {

/// A folder with the random BERT of testdata (2 blocks, width 24, at most 20 pieces) and a WordPiece
/// vocabulary of its 61 ids: five special tokens, the letters, `##` and the letters, and . , ! ? - so that a
/// word is as many pieces as it has letters.
inline std::filesystem::path tiny_model(const TempFolder& folder, const std::string& family = "bert") {
  const std::filesystem::path source = std::filesystem::path(NEUROX_TESTDATA) / "models" / family;
  const std::filesystem::path target = folder / "model";
  std::filesystem::create_directories(target);
  for (const char* name : {"config.json", "model.safetensors"})
    std::filesystem::copy_file(source / name, target / name);
  std::ofstream vocabulary(target / "vocab.txt");
  vocabulary << "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
  for (const char* prefix : {"", "##"})
    for (char letter = 'a'; letter <= 'z'; ++letter) vocabulary << prefix << letter << '\n';
  vocabulary << ".\n,\n!\n?\n";
  return target;
}

}  // namespace neurox::testing

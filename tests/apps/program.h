#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tiny_model.h"

namespace neurox::testing {

struct Outcome {
  int code = -1;
  std::string out, err;
};

/// Runs `neurox` with these arguments (words of a shell) in a folder.
inline Outcome run_neurox(const TempFolder& folder, const std::string& arguments) {
  const std::string command = "cd '" + folder.path().string() + "' && '" NEUROX_BINARY "' " + arguments +
                              " >out.txt 2>err.txt </dev/null";
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_text(folder / "out.txt"),
          read_text(folder / "err.txt")};
}

/// As run_neurox, for a step that a test stands on.
inline nlohmann::json must_run(const TempFolder& folder, const std::string& arguments) {
  const Outcome outcome = run_neurox(folder, arguments + " --json");
  EXPECT_EQ(outcome.code, 0) << arguments << "\n" << outcome.err;
  return outcome.code == 0 ? nlohmann::json::parse(outcome.out) : nlohmann::json();
}

/// One line on stderr that holds `text`, nothing on stdout, this exit code, and no file `output`.
inline void expect_refusal(const TempFolder& folder, const std::string& arguments, int code,
                           const std::string& text, const std::string& output = "out.h5ad") {
  const Outcome outcome = run_neurox(folder, arguments);
  EXPECT_EQ(outcome.code, code) << arguments << "\n" << outcome.err;
  EXPECT_NE(outcome.err.find(text), std::string::npos)
      << arguments << "\nsaid: " << outcome.err << "expected: " << text;
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_FALSE(std::filesystem::exists(folder / output));
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    EXPECT_EQ(entry.path().string().find(".partial"), std::string::npos) << "left behind: " << entry.path();
}

/// A tiny model and labelled text: one-letter and longer words, tagged V when their first letter is a vowel,
/// else C.
class PipelineFolder : public TempFolder {
 public:
  PipelineFolder() {
    tiny_model(*this);
    write_corpus("train.conllu", 0, 120);
    write_corpus("dev.conllu", 1000, 60);
  }

  void write_corpus(const std::string& name, int seed, int sentences) const {
    std::string text;
    for (int s = 0; s < sentences; ++s) {
      for (int w = 0; w < 4; ++w) {
        const int x = seed + 7 * s + 5 * w + s * w;
        std::string word(1, static_cast<char>('a' + x % 26));
        if (x % 3 == 0) word += static_cast<char>('a' + (x / 3) % 26);
        const bool first_half = word[0] <= 'm';
        text += std::to_string(w + 1) + "\t" + word + "\t" + word + "\t" + (first_half ? "V" : "C") +
                "\t_\tNumber=" + (x % 2 == 0 ? "Sing" : "Plur") + "\t0\troot\t_\t_\n";
      }
      text += "\n";
    }
    write_text(*this / name, text);
  }

  /// train.h5ad, dev.h5ad, v.probe.h5ad, v.rank.h5ad
  void make_ranking() const {
    must_run(*this, "extract model train.conllu -o train.h5ad");
    must_run(*this, "extract model dev.conllu -o dev.h5ad");
    must_run(*this, "probe train.h5ad --label upos --eval dev.h5ad -o v.probe.h5ad");
    must_run(*this, "rank v.probe.h5ad -o v.rank.h5ad");
  }
};

}  // namespace neurox::testing

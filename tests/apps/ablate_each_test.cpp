#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "apps/program.h"
#include "neurox/core/hash.h"
#include "neurox/io/progress_file.h"

/// What `ablate --each --as-ranking` does when it is cut off.
namespace neurox::testing {
namespace {

/// A random GPT-2 and as many sentences.
void write_folder(const TempFolder& folder, int sentences) {
  tiny_model(folder, "gpt2-lm");
  std::string text;
  for (int s = 0; s < sentences; ++s)
    for (int w = 0; w < 6; ++w) {
      text += static_cast<char>('a' + (7 * s + 5 * w + s * w) % 26);
      text += w == 5 ? '\n' : ' ';
    }
  write_text(folder / "text.txt", text);
}

// 288 neurons: three rounds of at most 128, with a progress file behind the first and the second.
const char* const each =
    "ablate model text.txt --neurons mlp_post,attn_z,mlp_out --each --as-ranking -o each.h5ad";

/// Starts the command and kills it when its progress file says more than `rows` neurons; how many it says
/// then, or nothing when the command came to its end before.
std::optional<std::int64_t> killed_behind(std::int64_t rows, const TempFolder& folder) {
  const std::string command = "cd '" + folder.path().string() + "' && exec '" NEUROX_BINARY "' " + each +
                              " --json >out.txt 2>err.txt";
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    ::_exit(127);
  }
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(5);
  int status = 0;
  while (std::chrono::steady_clock::now() < end) {
    if (::waitpid(child, &status, WNOHANG) == child) {
      EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << read_text(folder / "err.txt");
      return std::nullopt;
    }
    const auto progress = io::read_progress(folder / "each.h5ad");
    if (progress && progress->rows > rows) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, &status, 0);
  if (!WIFSIGNALED(status)) return std::nullopt;
  const auto progress = io::read_progress(folder / "each.h5ad");
  EXPECT_TRUE(progress) << "killed within five minutes, with nothing done";
  return progress ? std::optional(progress->rows) : std::nullopt;
}

TEST(AblateEach, ARunThatIsKilledGoesOnWhereItWasAndEndsWithTheSameBytes) {
  // A machine may be so fast, or the kill so late, that nothing is left to go on with: then with more text.
  for (int sentences = 60;; sentences *= 4) {
    ASSERT_LT(sentences, 100000) << "no run could be killed half-way";
    const TempFolder whole, cut;
    write_folder(whole, sentences);
    write_folder(cut, sentences);
    const auto first = killed_behind(0, cut);
    if (!first) continue;
    EXPECT_FALSE(std::filesystem::exists(cut / "each.h5ad")) << "nothing is there before it is complete";
    const auto second = killed_behind(*first, cut);
    if (*first >= 256 || !second) continue;
    EXPECT_GT(*second, *first) << "it begins behind what was done";
    const auto said = must_run(cut, each);
    EXPECT_EQ(said["neurons done before"], *second);
    EXPECT_FALSE(must_run(whole, each).contains("neurons done before"));
    EXPECT_EQ(sha256_file(cut / "each.h5ad"), sha256_file(whole / "each.h5ad"));
    EXPECT_FALSE(std::filesystem::exists(io::progress_path(cut / "each.h5ad")));
    return;
  }
}

TEST(AblateEach, WhatAnotherCommandLeftIsNotGoneOnWith) {
  for (int sentences = 60;; sentences *= 4) {
    ASSERT_LT(sentences, 100000) << "no run could be killed half-way";
    const TempFolder folder;
    write_folder(folder, sentences);
    if (!killed_behind(0, folder)) continue;
    write_text(folder / "text.txt", read_text(folder / "text.txt") + "a b\n");
    EXPECT_FALSE(must_run(folder, each).contains("neurons done before")) << "the text is another";
    return;
  }
}

}  // namespace
}  // namespace neurox::testing

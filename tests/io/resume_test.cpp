#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "neurox/core/hash.h"
#include "neurox/io/progress_file.h"
#include "small_activations.h"
#include "support.h"

namespace neurox::io {
namespace {

using ::testing::HasSubstr;
using testing::refusal;
using testing::TempFolder;

/// Writes in a process of its own and kills it after a time; whether it had ended before.
bool killed_after(std::chrono::microseconds time, const std::filesystem::path& target, const MatrixF& X,
                  const SmallOptions& how) {
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      write_small(target, X, how);
    } catch (...) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  std::this_thread::sleep_for(time);
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status)) {
    EXPECT_EQ(WEXITSTATUS(status), 0);
  }
  return WIFEXITED(status);
}

/// Killed again and again at times spread over the whole run, the file ends as if nothing had happened.
void survives(bool half, int points) {
  TempFolder folder;
  const MatrixF X = small_values(3300, 300);
  const SmallOptions how{.half = half, .step = 70, .commit_every = 5, .resume = true};
  const auto begin = std::chrono::steady_clock::now();
  write_small(folder / "whole.h5ad", X, how);
  const auto whole =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
  const std::string expected = sha256_file(folder / "whole.h5ad");

  int kills = 0, resumed = 0, rounds = 0;
  const auto round = [&](std::chrono::microseconds first) {
    const std::filesystem::path target = folder / fmt::format("{}.h5ad", ++rounds);
    // Ever longer until it gets through: a run that dies early in each attempt never ends.
    for (int attempt = 0; !killed_after(first + whole * attempt / 4, target, X, how); ++attempt) {
      ++kills;
      if (const auto progress = read_progress(target); progress && progress->rows > 0) ++resumed;
      EXPECT_FALSE(std::filesystem::exists(target) && std::filesystem::exists(partial_path(target)));
    }
    EXPECT_EQ(sha256_file(target), expected) << rounds;
    EXPECT_FALSE(std::filesystem::exists(partial_path(target)));
    EXPECT_FALSE(std::filesystem::exists(progress_path(target)));
  };
  for (int k = 1; k <= points; ++k) round(whole * k / (points + 1));
  // Where the first run was slower than the others: sooner and sooner, until enough were killed.
  constexpr int kMore = 40;
  for (int more = kMore; more > 0 && (kills < points / 2 || resumed < 1); --more)
    round(whole * more / (2 * kMore));
  EXPECT_GE(kills, points / 2);
  EXPECT_GE(resumed, 1);
}

TEST(Resume, ARunKilledAtAnyTimeEndsWithTheSameBytes) {
  survives(false, 6);
}
TEST(Resume, ARunKilledAtAnyTimeEndsWithTheSameBytesInHalfPrecision) {
  survives(true, 3);
}

/// Stops after `steps` handings-over, as a killed run would: nothing is cleaned up.
void stop_after(int steps, const std::filesystem::path& target, const MatrixF& X) {
  const pid_t child = ::fork();
  if (child == 0) {
    ActivationWriter out(target, small_axis(X.cols()), small_options({}));
    write_obs(out, X.rows(), -1);
    out.seal();
    for (int k = 0; k < steps; ++k) {
      out.write_rows(out.rows_written(), X.middleRows(out.rows_written(), 70));
      if (k + 1 == steps / 2) out.commit({{"next", k}});
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
}

TEST(Resume, TellsWhereToGoOn) {
  TempFolder folder;
  const MatrixF X = small_values(3300, 300);
  stop_after(40, folder / "a.h5ad", X);
  ActivationWriter out(folder / "a.h5ad", small_axis(300), small_options({.resume = true}));
  ASSERT_TRUE(out.resume_point());
  EXPECT_EQ(out.resume_point()->rows, 1400);
  EXPECT_EQ(out.resume_point()->position["next"], 19);
  EXPECT_EQ(out.rows(), 3300);
  EXPECT_EQ(out.rows_written(), 1400);
}

TEST(Resume, AStoppedRunIsNotThrownAwaySilently) {
  TempFolder folder;
  const MatrixF X = small_values(3300, 300);
  stop_after(40, folder / "a.h5ad", X);
  const std::string target = (folder / "a.h5ad").string();
  EXPECT_EQ(
      refusal([&] { write_small(target, X, {}); }),
      target +
          ": a run that was stopped left 1400 of 3300 rows; give --resume to go on, --force to begin again");
  write_small(target, X, {.force = true});
  EXPECT_TRUE(std::filesystem::exists(target));
  EXPECT_FALSE(std::filesystem::exists(progress_path(target)));
}

TEST(Resume, OtherSettingsAreNamed) {
  TempFolder folder;
  const MatrixF X = small_values(3300, 300);
  stop_after(40, folder / "a.h5ad", X);
  ActivationWriterOptions options = small_options({.resume = true});
  options.provenance.settings["unit"] = "token";
  EXPECT_THAT(
      refusal([&] { ActivationWriter(folder / "a.h5ad", small_axis(300), options); }),
      HasSubstr("the run that was stopped cannot go on: run/settings/unit was \"word\", now \"token\"; give "
                "--force to begin again"));
  EXPECT_THAT(refusal([&] { write_small(folder / "a.h5ad", X, {.half = true, .resume = true}); }),
              HasSubstr("half was false, now true"));
  EXPECT_TRUE(std::filesystem::exists(progress_path(folder / "a.h5ad")));
}

TEST(Resume, NothingToResumeBeginsAnewAndACompleteFileIsLeftAlone) {
  TempFolder folder;
  const MatrixF X = small_values(1200, 300);
  write_small(folder / "a.h5ad", X, {.resume = true});
  const auto time = std::filesystem::last_write_time(folder / "a.h5ad");
  write_small(folder / "a.h5ad", X, {.resume = true});
  EXPECT_EQ(std::filesystem::last_write_time(folder / "a.h5ad"), time);
  ActivationWriterOptions options = small_options({.resume = true});
  options.provenance.model_sha256 = "other";
  EXPECT_THAT(
      refusal([&] { ActivationWriter(folder / "a.h5ad", small_axis(300), options); }),
      HasSubstr("a.h5ad: exists, but model_sha256 was \"0123456789abcdef\", now \"other\"; give --force"));
}

TEST(Resume, RowsOutOfTurnAreRefused) {
  TempFolder folder;
  ActivationWriter out(folder / "a.h5ad", small_axis(4), small_options({}));
  write_obs(out, 20, -1);
  out.seal();
  EXPECT_THAT(refusal([&] { out.write_rows(5, MatrixF::Zero(5, 4)); }),
              HasSubstr("5 x 4 values at row 5, but row 0 of 20 x 4 is next"));
  EXPECT_THAT(refusal([&] { out.finish(); }), HasSubstr("ends after 0 of 20 rows"));
}

}  // namespace
}  // namespace neurox::io

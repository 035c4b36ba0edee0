#include "neurox/io/output.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "support.h"

namespace neurox::io {
namespace {

using ::testing::HasSubstr;
using testing::read_text;
using testing::refusal;
using testing::TempFolder;

TEST(OutputFile, IsThereOnlyAfterCommit) {
  TempFolder folder;
  {
    OutputFile out(folder / "a.txt", {});
    out.write("one ");
    out.write("two");
    EXPECT_FALSE(std::filesystem::exists(folder / "a.txt"));
    out.commit();
  }
  EXPECT_EQ(read_text(folder / "a.txt"), "one two");
  EXPECT_FALSE(std::filesystem::exists(partial_path(folder / "a.txt")));
}

TEST(OutputFile, LeavesNothingWithoutCommit) {
  TempFolder folder;
  { OutputFile(folder / "a.txt", {}).write("half"); }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(OutputFile, AnExistingTargetNeedsForce) {
  TempFolder folder;
  std::ofstream(folder / "a.txt") << "old";
  const std::string target = (folder / "a.txt").string();
  EXPECT_EQ(refusal([&] { OutputFile out(target, {}); }), target + ": exists; give --force to replace it");
  OutputFile out(target, {.force = true});
  out.write("new");
  EXPECT_EQ(read_text(target), "old");
  out.commit();
  EXPECT_EQ(read_text(target), "new");
}

TEST(OutputFile, ATargetThatIsAnInputIsRefusedByAnyName) {
  TempFolder folder;
  std::ofstream(folder / "a.txt") << "x";
  std::filesystem::create_symlink(folder / "a.txt", folder / "link.txt");
  for (const char* input : {"a.txt", "link.txt"})
    EXPECT_THAT(refusal([&] { check_output(folder / "a.txt", {.force = true, .inputs = {folder / input}}); }),
                HasSubstr("a.txt: is an input of this command too"));
}

TEST(OutputFile, MissingFoldersAndFoldersAsTargetsAreRefused) {
  TempFolder folder;
  EXPECT_THAT(refusal([&] { check_output(folder / "no/a.txt", {}); }),
              HasSubstr("a.txt: there is no folder '"));
  EXPECT_THAT(refusal([&] { check_output(folder.path(), {.force = true}); }),
              HasSubstr("is a folder, not a file"));
}

TEST(OutputFile, AFolderWithoutPermissionIsRefused) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  TempFolder folder;
  std::filesystem::permissions(folder.path(),
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  EXPECT_THAT(refusal([&] { check_output(folder / "a.txt", {}); }), HasSubstr("cannot write in folder"));
  std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all);
}

TEST(OutputFile, ASecondRunWithTheSameTargetIsRefused) {
  TempFolder folder;
  OutputFile first(folder / "a.txt", {});
  EXPECT_THAT(refusal([&] { OutputFile second(folder / "a.txt", {}); }),
              HasSubstr("a.txt: another run is writing it"));
  first.commit();
}

TEST(OutputFile, AFullDiskIsOneLineAndLeavesNothing) {
  EXPECT_THAT(refusal([] { throw_write_error("out.h5ad", ENOSPC, 3LL << 30); }),
              ::testing::MatchesRegex("out.h5ad: no space left \\(3(.0)? GB to write, .* free in '.'\\)"));
  TempFolder folder;
  const pid_t child = ::fork();
  if (child == 0) {  // a limit on file size stands for the disk
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1000, 1000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      OutputFile out(folder / "a.txt", {});
      out.write(std::string(5000, 'x'));
      out.commit();
    } catch (const Error& e) {
      ::_exit(std::string(e.what()).find("a.txt: cannot be written: File too large") != std::string::npos
                  ? 7
                  : 1);
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 7);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace neurox::io

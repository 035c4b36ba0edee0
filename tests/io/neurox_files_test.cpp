#include "neurox/io/neurox_files.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

#include "neurox/io/anndata.h"
#include "neurox/io/hdf5_values.h"
#include "small_activations.h"
#include "support.h"

namespace neurox::io {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::read_text;
using testing::refusal;
using testing::TempFolder;

std::string sentence_index(const std::filesystem::path& path) {
  h5::Lock lock;
  const h5::File file = h5::open_file(path);
  return h5::read_strings(file, h5::open_dataset(file, file.id, "sentence_to_index")).at(0);
}

MatrixF whole(const RowSource& source) {
  MatrixF X(source.rows(), source.cols());
  source.read(0, X);
  return X;
}

TEST(NeuroxFiles, SurviveTheWayThereAndBack) {
  TempFolder folder;
  const MatrixF X = small_values(40, 6);
  write_small(folder / "a.h5ad", X, {});
  write_neurox_hdf5(folder / "a.hdf5", *ActivationReader::open(folder / "a.h5ad"), {});
  EXPECT_EQ(file_kind(folder / "a.hdf5"), FileKind::NeuroxHdf5);
  const auto back = ActivationReader::open(folder / "a.hdf5");
  EXPECT_EQ(whole(*back), X);
  EXPECT_EQ(back->neurons().address(4), "layer_1:1");
  EXPECT_EQ(back->obs().strings("token", "x")[13], "w3");
  EXPECT_EQ(back->obs().numbers("sentence", "x")[13], 1);
  MatrixF part(17, 2);
  back->columns({5, 2})->read(8, part);
  EXPECT_EQ(part, MatrixF(X(Eigen::seqN(8, 17), {5, 2})));
  // All four sentences have the same words.
  EXPECT_THAT(sentence_index(folder / "a.hdf5"),
              HasSubstr("\"w0 w1 w2 w3 w4 w5 w6 w7 w8 w9 (Occurrence 4)\": \"3\"}"));
  EXPECT_EQ(back->sentences()[3], "w0 w1 w2 w3 w4 w5 w6 w7 w8 w9");

  write_neurox_json(folder / "a.json", *back, {});
  const auto json = ActivationReader::open(folder / "a.json");
  EXPECT_LE((whole(*json) - X).array().abs().maxCoeff(), 1e-8F);
  EXPECT_EQ(json->neurons(), back->neurons());
  EXPECT_EQ(json->obs(), back->obs());
}

TEST(NeuroxFiles, NumbersAndTextAreWrittenAsPythonDoes) {
  TempFolder folder;
  std::ofstream(folder / "a.json")
      << R"({"linex_index": 0, "features": [{"token": "caf\u00e9 \"x\"", "layers": [{"index": 0, "values": [1.0, -0.0, 1e-08, 0.12345678, 100000.0, -2.5]}]}]})"
      << "\n";
  write_neurox_json(folder / "b.json", *ActivationReader::open(folder / "a.json"), {});
  EXPECT_EQ(read_text(folder / "b.json"), read_text(folder / "a.json"));
}

TEST(NeuroxFiles, WordsThatTheTokenizerDroppedAreMarked) {
  TempFolder folder;
  std::ofstream(folder / "a.json")
      << R"({"linex_index": 0, "features": [{"token": "", "layers": [{"index": 0, "values": [0.0]}]}, {"token": "b", "layers": [{"index": 0, "values": [1.0]}]}]})"
      << "\n";
  const auto file = ActivationReader::open(folder / "a.json");
  EXPECT_THAT(file->obs().strings("status", "x"), ElementsAre("dropped", "ok"));
  write_neurox_hdf5(folder / "a.hdf5", *file, {});
  EXPECT_EQ(ActivationReader::open(folder / "a.hdf5")->obs(), file->obs());
}

TEST(NeuroxFiles, MalformedLinesAreNamed) {
  TempFolder folder;
  const std::string path = (folder / "a.json").string();
  const auto message = [&](const std::string& second) {
    std::ofstream(path)
        << R"({"linex_index": 0, "features": [{"token": "a", "layers": [{"index": 0, "values": [1, 2]}]}]})"
        << "\n"
        << second << "\n";
    return refusal([&] { ActivationReader::open(path); });
  };
  EXPECT_EQ(message("{"), path + ":2: is not a sentence of NeuroX's JSON lines");
  EXPECT_EQ(message(R"({"features": [{"token": "a", "layers": [{"values": [1]}]}]})"),
            path + ":2: word 1 has 1 values in a layer, not 2");
  EXPECT_EQ(message(R"({"features": [{"token": "a", "layers": []}]})"),
            path + ":2: word 1 has 0 layers, not 1");
}

TEST(NeuroxFiles, SitesOfDifferentWidthCannotBeExported) {
  TempFolder folder;
  write_small(folder / "a.h5ad", small_values(20, 5), {});
  EXPECT_THAT(
      refusal([&] { write_neurox_hdf5(folder / "a.hdf5", *ActivationReader::open(folder / "a.h5ad"), {}); }),
      HasSubstr("layers of 2 and 3 neurons; NeuroX's format has layers of one width"));
}

TEST(NeuroxFiles, JsonOfNeuroxIsReadAndWrittenByteForByte) {
  NEUROX_NEED(path, testing::shared("oracles/words/pypi-interop.json"));
  TempFolder folder;
  const auto file = ActivationReader::open(path);
  write_neurox_json(folder / "a.json", *file, {});
  EXPECT_EQ(read_text(folder / "a.json"), read_text(path));
  // --filter_layers 6,0 of the run that wrote all seven as HDF5.
  NEUROX_NEED(all_layers, testing::shared("oracles/words/pypi-interop.hdf5"));
  const auto seven = ActivationReader::open(all_layers);
  std::vector<std::int64_t> columns;
  for (const std::int64_t layer : {6, 0})
    for (std::int64_t j = 0; j < 384; ++j) columns.push_back(layer * 384 + j);
  EXPECT_LE((whole(*file) - whole(*seven->columns(columns))).array().abs().maxCoeff(), 1e-8F);
  EXPECT_EQ(file->obs(), seven->obs());
}

TEST(NeuroxFiles, Hdf5OfNeuroxIsReadAndWrittenAsItIs) {
  for (const char* name : {"pypi-interop.hdf5", "pypi-average-layers036.hdf5", "pypi-smollm2.hdf5"}) {
    NEUROX_NEED(path, testing::shared(std::string("oracles/words/") + name));
    TempFolder folder;
    const auto file = ActivationReader::open(path);
    write_neurox_hdf5(folder / "a.hdf5", *file, {});
    EXPECT_EQ(sentence_index(folder / "a.hdf5"), sentence_index(path));
    const auto back = ActivationReader::open(folder / "a.hdf5");
    EXPECT_EQ(whole(*back), whole(*file));
    EXPECT_EQ(back->obs(), file->obs());
  }
}

/// NeuroX's own loader, where NEUROX_PYTHON names a Python that has it.
TEST(NeuroxFiles, NeuroxLoadsWhatIsWritten) {
  NEUROX_NEED(python, testing::python_with("neurox"));
  NEUROX_NEED(path, testing::shared("oracles/words/pypi-interop.hdf5"));
  TempFolder folder;
  const auto file = ActivationReader::open(path);
  write_neurox_hdf5(folder / "a.hdf5", *file, {});
  write_neurox_json(folder / "a.json", *file, {});
  std::ofstream(folder / "check.py") << R"(
import sys, numpy as np
from neurox.data.loader import load_activations
want, layers = load_activations(sys.argv[1])
for name, tolerance in (("a.hdf5", 0), ("a.json", 1e-8)):
    got, n = load_activations(sys.argv[2] + "/" + name)
    assert n == layers == 7 and len(got) == len(want) == 5
    for g, w in zip(got, want):
        assert g.shape == w.shape and np.abs(g - w).max() <= tolerance
)";
  const std::string command =
      fmt::format("{} {} {} {} > {} 2>&1", python.string(), (folder / "check.py").string(), path.string(),
                  folder.path().string(), (folder / "log").string());
  EXPECT_EQ(std::system(command.c_str()), 0) << read_text(folder / "log");
}

}  // namespace
}  // namespace neurox::io

#include "neurox/model/safetensors.h"

#include <gtest/gtest.h>

#include "tiny_models.h"

namespace neurox::model {
namespace {

using testing::refusal, testing::TempFolder, testing::write_bytes, testing::write_raw;

std::string refused(const TempFolder& folder) {
  const std::string message = refusal([&] { SafeTensors::open(folder / "x.safetensors"); });
  const std::string place = folder.path().string() + "/x.safetensors: ";
  EXPECT_EQ(message.substr(0, place.size()), place);
  EXPECT_EQ(message.find('\n'), std::string::npos);
  return message.substr(std::min(place.size(), message.size()));
}

std::string refused(const std::string& header, const std::string& data) {
  const TempFolder folder;
  write_raw(folder / "x.safetensors", header, data);
  return refused(folder);
}

TEST(SafeTensors, ReadsEveryTypeInPlace) {
  const TempFolder folder;
  // 1.5 in float16 is 0x3e00, in bfloat16 0x3fc0.
  write_raw(folder / "x.safetensors",
            R"({"__metadata__":{"format":"pt"},"h":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},)"
            R"("b":{"dtype":"BF16","shape":[1,1],"data_offsets":[2,4]},)"
            R"("i":{"dtype":"I32","shape":[],"data_offsets":[4,8]},)"
            R"("t":{"dtype":"BOOL","shape":[2],"data_offsets":[8,10]},)"
            R"("none":{"dtype":"F32","shape":[0,3],"data_offsets":[10,10]}})",
            std::string("\x00\x3e\xc0\x3f\x07\x00\x00\x00\x01\x00", 10));
  const SafeTensors file = SafeTensors::open(folder / "x.safetensors");
  EXPECT_EQ(file.tensors().size(), 5U);
  EXPECT_EQ(file.tensor("h").scalar_type(), torch::kFloat16);
  EXPECT_EQ(file.tensor("h").item<double>(), 1.5);
  EXPECT_EQ(file.tensor("b").scalar_type(), torch::kBFloat16);
  EXPECT_EQ(file.tensor("b")[0][0].item<double>(), 1.5);
  EXPECT_EQ(file.tensor("i").item<int>(), 7);
  EXPECT_TRUE(file.tensor("t")[0].item<bool>());
  EXPECT_EQ(file.tensor("none").numel(), 0);
}

TEST(SafeTensors, ATensorKeepsItsFileMappedAndAWriteStaysInMemory) {
  const TempFolder folder;
  testing::write_tensors(folder / "x.safetensors", {{"w", torch::arange(6).view({2, 3})}});
  torch::Tensor w;
  {
    const SafeTensors file = SafeTensors::open(folder / "x.safetensors");
    w = file.tensor("w");
    EXPECT_EQ(file.tensor("w").data_ptr(), w.data_ptr());
  }
  EXPECT_EQ(w[1][2].item<double>(), 5);
  w.fill_(9);
  EXPECT_EQ(SafeTensors::open(folder / "x.safetensors").tensor("w")[1][2].item<double>(), 5);
}

TEST(SafeTensors, ReadsDataThatTheFileDoesNotAlign) {
  const TempFolder folder;
  const float value = 2.5F;
  for (const std::string padding : {"", " ", "  ", "   "}) {
    write_raw(folder / "x.safetensors", R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})" + padding,
              std::string(reinterpret_cast<const char*>(&value), 4));
    EXPECT_EQ(SafeTensors::open(folder / "x.safetensors").tensor("w").item<float>(), 2.5F);
  }
}

TEST(SafeTensors, RefusesWhatIsNoSafetensorsFile) {
  const TempFolder folder;
  EXPECT_EQ(refused(folder), "cannot be read: No such file or directory");
  write_bytes(folder / "x.safetensors", "");
  EXPECT_EQ(refused(folder), "0 bytes, too short for a safetensors file");
  write_bytes(folder / "x.safetensors", "version https://git-lfs.github.com/spec/v1");
  EXPECT_EQ(
      refused(folder),
      "byte 0: header of 2336927755350992246 bytes in a file of 42 bytes; truncated, or no safetensors file");
  EXPECT_EQ(refused("[1]", ""), "header: not a JSON object");
  EXPECT_NE(refused("{\"w\":", "").find("header: [json.exception.parse_error"), std::string::npos);
}

TEST(SafeTensors, RefusesATruncatedFile) {
  const TempFolder folder;
  const std::filesystem::path source = testing::tiny_folder("bert") / "model.safetensors";
  std::filesystem::copy_file(source, folder / "x.safetensors");
  const auto size = std::filesystem::file_size(source);
  std::filesystem::resize_file(folder / "x.safetensors", size - 1);
  const std::string message = refused(folder);
  EXPECT_NE(message.find("header: tensor "), std::string::npos) << message;
  EXPECT_NE(message.find("bytes of data; truncated?"), std::string::npos) << message;
  std::filesystem::resize_file(folder / "x.safetensors", 100);
  EXPECT_NE(refused(folder).find("bytes in a file of 100 bytes; truncated"), std::string::npos);
}

TEST(SafeTensors, RefusesAHeaderThatLies) {
  const auto one = [](const std::string& dtype, const std::string& shape, const std::string& offsets) {
    return R"({"w":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
  };
  EXPECT_EQ(refused(one("F32", "[2]", "[0,4]"), "1234"),
            "header: tensor w: 4 bytes, but its shape in F32 needs 8");
  EXPECT_EQ(refused(one("F32", "[1]", "[0,4]"), "12345678"),
            fmt::format("{} bytes, but the header describes {}", 8 + one("F32", "[1]", "[0,4]").size() + 8,
                        8 + one("F32", "[1]", "[0,4]").size() + 4));
  EXPECT_EQ(refused(one("F32", "[1]", "[4,8]"), "12345678"),
            "header: 4 bytes before tensor w belong to none");
  EXPECT_EQ(refused(one("F32", "[1]", "[8,4]"), "12345678"),
            "header: tensor w: bytes 8 to 4 of 8 bytes of data; truncated?");
  EXPECT_EQ(refused(one("F32", "[4294967296,4294967296]", "[0,8]"), "12345678"),
            "header: tensor w: shape is too large");
  EXPECT_EQ(refused(one("F32", "[-1]", "[0,4]"), "1234"), "header: tensor w: shape is no list of sizes");
  EXPECT_EQ(refused(one("F32", "[1.5]", "[0,4]"), "1234"), "header: tensor w: shape is no list of sizes");
  EXPECT_EQ(refused(one("F32", "[1]", "[0]"), "1234"),
            "header: tensor w: data_offsets is no pair of offsets");
  EXPECT_EQ(refused(one("Q4", "[1]", "[0,4]"), "1234"), "header: tensor w: unknown dtype Q4");
  EXPECT_EQ(refused(R"({"w":{"dtype":"F32"}})", ""), "header: tensor w: needs dtype, shape and data_offsets");
  const std::string twice = R"("w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  EXPECT_EQ(refused("{" + twice + "," + twice + "}", "1"), "header: 'w' occurs twice");
  EXPECT_EQ(refused(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],)"
                    R"("data_offsets":[1,3]}})",
                    "123"),
            "header: tensors a and b overlap");
}

TEST(SafeTensors, RefusesToReadATypeThatLibTorchLacksAndAMissingTensor) {
  const TempFolder folder;
  write_raw(folder / "x.safetensors", R"({"w":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}})", "1");
  const SafeTensors file = SafeTensors::open(folder / "x.safetensors");
  const std::string place = folder.path().string() + "/x.safetensors: ";
  EXPECT_EQ(refusal([&] { file.tensor("w"); }), place + "tensor w: dtype F8_E4M3 is not read");
  EXPECT_EQ(refusal([&] { file.tensor("v"); }), place + "no tensor v");
}

TEST(SafeTensors, OpensShardsThroughTheirIndex) {
  const SafeTensors file = SafeTensors::open_folder(testing::tiny_folder("bert-sharded"));
  const SafeTensors whole = SafeTensors::open_folder(testing::tiny_folder("bert-sequence"));
  EXPECT_EQ(file.files().size(), 2U);
  ASSERT_EQ(file.tensors().size(), whole.tensors().size());
  for (const auto& [name, info] : whole.tensors()) EXPECT_EQ(file.tensors().at(name).shape, info.shape);
}

TEST(SafeTensors, RefusesAnIndexThatDoesNotFitItsFiles) {
  const TempFolder folder;
  const std::string place = folder.path().string() + "/";
  const auto refused_index = [&](const std::string& index) {
    write_bytes(folder / "model.safetensors.index.json", index);
    return refusal([&] { SafeTensors::open_folder(folder.path()); });
  };
  testing::write_tensors(folder / "a.safetensors", {{"w", torch::ones({1})}});
  testing::write_tensors(folder / "b.safetensors", {{"w", torch::ones({1})}, {"v", torch::ones({1})}});
  const std::string index = place + "model.safetensors.index.json: ";
  EXPECT_EQ(refused_index("{}"), index + "no weight_map");
  EXPECT_EQ(refused_index(R"({"weight_map":{"w":"../a.safetensors"}})"),
            index + "weight_map: w: not a file name");
  EXPECT_EQ(refused_index(R"({"weight_map":{"v":"a.safetensors"}})"),
            index + "weight_map: tensor v is not in a.safetensors");
  EXPECT_EQ(refused_index(R"({"weight_map":{"w":"a.safetensors","v":"b.safetensors"}})"),
            place + "b.safetensors: tensor w is also in " + place + "a.safetensors");
  EXPECT_EQ(refused_index(R"({"weight_map":{"w":"c.safetensors"}})"),
            place + "c.safetensors: cannot be read: No such file or directory");
}

TEST(SafeTensors, TellsHowToConvertAPickledModel) {
  const TempFolder folder;
  EXPECT_EQ(refusal([&] { SafeTensors::open_folder(folder.path()); }),
            folder.path().string() + ": no model.safetensors and no model.safetensors.index.json");
  write_bytes(folder / "pytorch_model.bin", "");
  const std::string message = refusal([&] { SafeTensors::open_folder(folder.path()); });
  EXPECT_NE(message.find(
                ": only pytorch_model.bin, which is not read; convert it: python3 -c \"import glob, torch"),
            std::string::npos);
  EXPECT_EQ(message.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace neurox::model

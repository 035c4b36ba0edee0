#include "neurox/io/provenance.h"

#include "neurox/core/error.h"
#include "neurox/core/hash.h"

namespace neurox::io {
namespace {

std::string text(const Tree& tree, const char* key) {
  const auto at = tree.find(key);
  return at != tree.end() && at->is_string() ? at->get<std::string>() : std::string();
}

std::string named(const std::string& name, const std::string& sha) {
  return fmt::format("{}{}({}…)", name, name.empty() ? "" : " ", sha.substr(0, 8));
}

void compare(const char* what, const std::filesystem::path& a, const std::string& name_a,
             const std::string& sha_a, const std::filesystem::path& b, const std::string& name_b,
             const std::string& sha_b) {
  if (sha_a.empty() || sha_b.empty() || sha_a == sha_b) return;
  throw input_error("{}: made with {} {}, but {} with {}", b.string(), what, named(name_b, sha_b), a.string(),
                    named(name_a, sha_a));
}

}  // namespace

void Provenance::add_input(const std::filesystem::path& path) {
  inputs.emplace_back(path.filename().string(), sha256_file(path));
}

Tree to_tree(const Provenance& provenance) {
  Tree tree = Tree::object();
  const auto put = [&](const char* key, const std::string& value) {
    if (!value.empty()) tree[key] = value;
  };
  put("kind", provenance.kind);
  put("version", provenance.version);
  put("command", provenance.command);
  if (provenance.seed) tree["seed"] = *provenance.seed;
  put("model", provenance.model);
  put("model_sha256", provenance.model_sha256);
  put("tokenizer_sha256", provenance.tokenizer_sha256);
  if (!provenance.inputs.empty()) {
    // Two lists and no dictionary: two inputs may have one name.
    tree["inputs"] = {{"file", Tree::array()}, {"sha256", Tree::array()}};
    for (const auto& [file, sha] : provenance.inputs) {
      tree["inputs"]["file"].push_back(file);
      tree["inputs"]["sha256"].push_back(sha);
    }
  }
  if (!provenance.settings.empty()) tree["settings"] = provenance.settings;
  return tree;
}

Provenance provenance(const Tree& uns) {
  Provenance out;
  const auto at = uns.find("neurox");
  if (at == uns.end() || !at->is_object()) return out;
  const Tree& tree = *at;
  out.kind = text(tree, "kind");
  out.version = text(tree, "version");
  out.command = text(tree, "command");
  if (tree.contains("seed") && tree["seed"].is_number_integer()) out.seed = tree["seed"].get<std::uint64_t>();
  out.model = text(tree, "model");
  out.model_sha256 = text(tree, "model_sha256");
  out.tokenizer_sha256 = text(tree, "tokenizer_sha256");
  if (tree.contains("inputs") && tree["inputs"].is_object()) {
    const Tree files = tree["inputs"].value("file", Tree::array());
    const Tree hashes = tree["inputs"].value("sha256", Tree::array());
    for (std::size_t i = 0; i < files.size() && i < hashes.size(); ++i)
      if (files[i].is_string() && hashes[i].is_string())
        out.inputs.emplace_back(files[i].get<std::string>(), hashes[i].get<std::string>());
  }
  if (tree.contains("settings") && tree["settings"].is_object()) out.settings = tree["settings"];
  return out;
}

void check_same_model(const std::filesystem::path& a, const Provenance& from_a,
                      const std::filesystem::path& b, const Provenance& from_b) {
  compare("model", a, from_a.model, from_a.model_sha256, b, from_b.model, from_b.model_sha256);
  compare("tokenizer", a, "", from_a.tokenizer_sha256, b, "", from_b.tokenizer_sha256);
}

}  // namespace neurox::io

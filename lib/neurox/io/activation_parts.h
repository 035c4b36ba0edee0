#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "neurox/io/activation_reader.h"

namespace neurox::io {

/// A value made when it is first asked for, from any thread.
template <class T>
class Lazy {
 public:
  explicit Lazy(std::function<T()> make) : make_(std::move(make)) {}
  const T& get() {
    std::call_once(once_, [this] { value_ = make_(); });
    return *value_;
  }

 private:
  std::once_flag once_;
  std::function<T()> make_;
  std::optional<T> value_;
};

/// What every format provides for an ActivationReader.
struct ActivationReader::Parts {
  std::filesystem::path path;
  std::shared_ptr<const BlockSource> X;
  NeuronAxis neurons;
  bool half = false;
  Table var;
  Tree uns = Tree::object();
  Provenance provenance;
  std::vector<std::string> label_sets;
  Lazy<Table> obs;
  Lazy<std::vector<std::string>> sentences, second;

  Parts(std::function<Table()> make_obs, std::function<std::vector<std::string>()> make_sentences,
        std::function<std::vector<std::string>()> make_second)
      : obs(std::move(make_obs)), sentences(std::move(make_sentences)), second(std::move(make_second)) {}
};

/// obs columns that are not labels.
bool is_token_column(const std::string& name);

}  // namespace neurox::io

#include "attribute_shares.h"

#include <algorithm>
#include <cmath>

#include "attribute_readings.h"
#include "neurox/attribute/source_shares.h"
#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/core/no_value.h"

namespace neurox::apps {
namespace {

using attribute::TokenShares;
using io::Tree;

struct Column {
  const char* name;
  double TokenShares::*value;
};
constexpr Column share_columns[] = {
    {"value", &TokenShares::value},           {"source", &TokenShares::source},
    {"prefix", &TokenShares::prefix},         {"special", &TokenShares::special},
    {"source_sum", &TokenShares::source_sum}, {"prefix_sum", &TokenShares::prefix_sum},
    {"entropy", &TokenShares::entropy}};

const attribute::InputMethod& word_method(const AttributeCommandOptions& options) {
  if (options.methods.size() != 1)
    throw usage_error("--shares: {} methods; give one of words", options.methods.size());
  std::vector<std::string> known;
  for (const attribute::InputMethod& m : attribute::input_methods()) {
    if (m.name == options.methods.front()) return m;
    known.emplace_back(m.name);
  }
  throw usage_error("--shares: '{}' is no method of words{}; it takes {}", options.methods.front(),
                    did_you_mean(options.methods.front(), known), fmt::join(known, ", "));
}

/// Tokens of outputs, and their means by place in the output.
class ShareTable {
 public:
  void add(std::int64_t sentence, const attribute::Example& example, const std::vector<TokenShares>& found) {
    for (std::size_t i = 0; i < found.size(); ++i) {
      sentence_.push_back(static_cast<std::int32_t>(sentence));
      position_.push_back(static_cast<std::int32_t>(i));
      token_.push_back(example.rows[found[i].row].token);
      rows_.push_back(found[i]);
    }
  }
  bool empty() const { return rows_.empty(); }

  io::AnnData anndata() const {
    io::AnnData out;
    out.X.emplace(static_cast<Index>(rows_.size()), static_cast<Index>(std::size(share_columns)));
    for (std::size_t i = 0; i < rows_.size(); ++i)
      for (std::size_t c = 0; c < std::size(share_columns); ++c)
        (*out.X)(static_cast<Index>(i), static_cast<Index>(c)) =
            static_cast<float>(rows_[i].*share_columns[c].value);
    out.obs.add("sentence", sentence_);
    out.obs.add("position", position_);
    out.obs.add("token", io::categorical(token_));
    out.var.rows = static_cast<std::int64_t>(std::size(share_columns));
    out.var.row_names.emplace();
    for (const Column& c : share_columns) out.var.row_names->emplace_back(c.name);
    for (std::int32_t p = 0; p < most_positions(); ++p) {
      out.uns["by_position"]["position"].push_back(p);
      const Tree mean = means(p);
      for (const auto& [name, value] : mean.items()) out.uns["by_position"][name].push_back(value);
    }
    out.uns["mean"] = means(-1);
    return out;
  }

  void show(Console& console, int most) const {
    const Tree mean = means(-1);
    console.figure("tokens", rows_.size());
    for (const char* name : {"source", "prefix", "special", "entropy"}) console.figure(name, mean[name]);
    std::vector<std::vector<Tree>> table;
    for (std::int32_t p = 0; p < std::min(most_positions(), most); ++p) {
      const Tree at = means(p);
      table.push_back({p, at["tokens"], at["source"], at["prefix"], at["special"], at["entropy"]});
    }
    console.table("positions", {"place in the output", "tokens", "source", "prefix", "special", "entropy"},
                  table);
  }

 private:
  std::int32_t most_positions() const { return 1 + *std::max_element(position_.begin(), position_.end()); }

  /// Over the tokens at one place of their outputs (-1: all) where there is a number.
  Tree means(std::int32_t position) const {
    Tree out = Tree::object();
    std::int64_t tokens = 0;
    for (const std::int32_t p : position_) tokens += position < 0 || p == position ? 1 : 0;
    out["tokens"] = tokens;
    for (const Column& c : share_columns) {
      double sum = 0;
      std::int64_t count = 0;
      for (std::size_t i = 0; i < rows_.size(); ++i) {
        const double x = rows_[i].*c.value;
        if ((position >= 0 && position_[i] != position) || !std::isfinite(x)) continue;
        sum += x;
        ++count;
      }
      out[c.name] = count > 0 ? Tree(sum / static_cast<double>(count)) : Tree();
    }
    return out;
  }

  std::vector<std::int32_t> sentence_, position_;
  std::vector<std::string> token_;
  std::vector<TokenShares> rows_;
};

}  // namespace

void declare_shares(CLI::App& app, AttributeCommandOptions& options) {
  app.add_flag("--shares", options.shares,
               "Language models: of each token of the second text, how much comes from the first text (the "
               "source) and how much from what was written before it (the prefix)");
}

bool run_shares(const AttributeCommandOptions& options) {
  if (!options.shares) return false;
  const attribute::InputMethod& method = word_method(options);
  if (options.corpus.path.empty()) throw usage_error("attribute: CORPUS is required");
  if (options.target != "predicted")
    throw usage_error("--shares: explains every token of the second text; leave --target away");
  AttributeCommandOptions asked = options;
  asked.unit = "token";
  asked.target = "next";
  ReadingJob job(asked, "shares");
  if (!job.loaded.model.has_causal_lm())
    throw usage_error("--shares: {} predicts no next token; it is for language models", options.model);
  attribute::MethodOptions settings = method_options(asked, job.loaded.model);
  if (asked.join.empty()) settings.join = method.join;
  const attribute::ExampleOptions examples = example_options(asked);
  const attribute::ExampleMaker maker(job.loaded.model, job.loaded.tokenizer, *job.corpus, examples);
  ShareTable table;
  const std::int64_t n = job.over_examples(
      maker, [&](const io::Sentence& sentence, std::int64_t number, const attribute::Example& example) {
        if (sentence.second.empty())
          throw input_error(
              "{}: no second text; --shares takes a table, the source by --text-column and the output by "
              "--pair-column",
              example.where);
        table.add(number, example,
                  attribute::source_shares(job.loaded.model, example, method, settings, examples.target.scale,
                                           examples.memory_bytes));
      });
  if (n > 0 && table.empty()) throw input_error("{}: no token in the second texts", job.corpus->name());
  job.provenance.seed = asked.seed;
  job.provenance.settings["scale"] = asked.scale;
  job.provenance.settings["baseline"] = maker.baselines();
  job.provenance.settings["join"] = settings.join == attribute::Join::Sum ? "sum" : "l2";
  job.write(n > 0 ? table.anndata() : io::AnnData(), n);
  table.show(job.console, asked.show);
  job.finish();
  return true;
}

}  // namespace neurox::apps

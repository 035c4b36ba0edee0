#include "ablation_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "neurox/core/no_value.h"
#include "neurox/io/table.h"

namespace neurox::apps {
namespace {

struct MeanAndSpread {
  double mean = no_value, spread = no_value;
  std::size_t n = 0;
};

/// Mean and sample standard deviation of the values that are numbers.
MeanAndSpread over(const std::vector<double>& values) {
  std::vector<double> known;
  for (const double v : values)
    if (!std::isnan(v)) known.push_back(v);
  MeanAndSpread out;
  out.n = known.size();
  if (known.empty()) return out;
  out.mean = 0;
  for (const double v : known) out.mean += v / static_cast<double>(known.size());
  if (known.size() < 2) return out;
  double squares = 0;
  for (const double v : known) squares += (v - out.mean) * (v - out.mean);
  out.spread = std::sqrt(squares / static_cast<double>(known.size() - 1));
  return out;
}

double value(const ablate::Figures& row, const std::string& name) {
  for (const auto& [found, value] : row.values)
    if (found == name) return value;
  return no_value;
}

}  // namespace

AblationTable::AblationTable(const std::vector<ablate::Condition>& conditions,
                             const std::vector<std::unique_ptr<ablate::Measure>>& measures)
    : conditions_(conditions) {
  for (const auto& measure : measures) {
    for (ablate::Figures& figures : measure->figures()) {
      add_names(figures);
      rows_.push_back(std::move(figures));
    }
    for (ablate::SentenceFigures& s : measure->sentence_figures()) sentences_.push_back(std::move(s));
  }
}

AblationTable::AblationTable(const std::vector<ablate::Condition>& conditions,
                             std::vector<ablate::Figures> rows)
    : conditions_(conditions), rows_(std::move(rows)) {
  for (const ablate::Figures& figures : rows_) add_names(figures);
}

void AblationTable::add_names(const ablate::Figures& figures) {
  for (const auto& [name, unused] : figures.values)
    if (std::find(names_.begin(), names_.end(), name) == names_.end()) names_.push_back(name);
}

io::AnnData AblationTable::anndata(const io::Provenance& provenance) const {
  std::vector<std::string> ranking, group, operation, target, class_name;
  std::vector<bool> keep;
  std::vector<double> share;
  std::vector<std::int64_t> count;
  std::vector<std::int32_t> draw;
  for (const ablate::Figures& row : rows_) {
    const ablate::Condition& c = conditions_[row.condition];
    ranking.push_back(c.ranking);
    group.push_back(c.group);
    keep.push_back(c.keep);
    share.push_back(c.share);
    count.push_back(c.count);
    draw.push_back(c.draw);
    operation.push_back(c.operation.text);
    target.push_back(row.target);
    class_name.push_back(row.class_name);
  }
  io::AnnData out;
  out.obs.add("ranking", io::categorical(ranking));
  out.obs.add("group", io::categorical(group));
  out.obs.add("keep", std::move(keep));
  out.obs.add("share", std::move(share));
  out.obs.add("count", std::move(count));
  out.obs.add("draw", std::move(draw));
  out.obs.add("operation", io::categorical(operation));
  out.obs.add("target", io::categorical(target));
  out.obs.add("class", io::categorical(class_name));
  for (const std::string& name : names_) {
    std::vector<double> column;
    for (const ablate::Figures& row : rows_) column.push_back(value(row, name));
    out.obs.add(name, std::move(column));
  }
  for (const ablate::SentenceFigures& s : sentences_) {
    out.var.rows = std::max<std::int64_t>(out.var.rows, s.values.cols());
  }
  for (const ablate::SentenceFigures& s : sentences_) {
    MatrixF layer = MatrixF::Constant(static_cast<Index>(rows_.size()), static_cast<Index>(out.var.rows),
                                      static_cast<float>(no_value));
    for (std::size_t r = 0; r < rows_.size(); ++r)
      if (rows_[r].class_name.empty() && rows_[r].target == "model")
        layer.row(static_cast<Index>(r)).head(s.values.cols()) =
            s.values.row(static_cast<Index>(rows_[r].condition));
    out.layers.emplace_back(s.name, std::move(layer));
  }
  out.uns["neurox"] = io::to_tree(provenance);
  return out;
}

void AblationTable::show(Console& console) const {
  // Draws of one size are one line; the order is that of the conditions.
  using Key = std::tuple<std::string, std::string, std::string, std::int64_t, std::string>;
  std::vector<Key> order;
  std::map<Key, std::vector<const ablate::Figures*>> groups;
  for (const ablate::Figures& row : rows_) {
    if (!row.class_name.empty()) continue;
    const ablate::Condition& c = conditions_[row.condition];
    const Key key{c.operation.text, c.ranking, c.group, c.count, row.target};
    if (!groups.contains(key)) order.push_back(key);
    groups[key].push_back(&row);
  }
  std::vector<std::string> shown;
  for (const std::string& name : names_)
    if (name != "tokens") shown.push_back(name);
  std::vector<std::string> header{"ranking", "ablated", "neurons", "operation", "target"};
  bool draws = false;
  for (const auto& [key, rows] : groups)
    // Several measures of one condition are several rows of it, and no draws.
    draws = draws || std::any_of(rows.begin(), rows.end(), [&rows = rows](const ablate::Figures* row) {
              return row->condition != rows.front()->condition;
            });
  for (const std::string& name : shown) {
    header.push_back(name);
    if (draws && name == shown.front()) header.emplace_back("sd");
  }
  std::vector<std::vector<io::Tree>> table;
  for (const Key& key : order) {
    const auto& rows = groups.at(key);
    const ablate::Condition& c = conditions_[rows.front()->condition];
    std::vector<io::Tree> line{c.ranking, c.keep ? "all but " + c.group : c.group, c.count, c.operation.text,
                               std::get<4>(key)};
    for (const std::string& name : shown) {
      std::vector<double> values;
      for (const ablate::Figures* row : rows) values.push_back(value(*row, name));
      const MeanAndSpread m = over(values);
      line.push_back(std::isnan(m.mean) ? io::Tree() : io::Tree(m.mean));
      if (draws && name == shown.front())
        line.push_back(std::isnan(m.spread) ? io::Tree() : io::Tree(m.spread));
    }
    table.push_back(std::move(line));
  }
  console.table("effects", header, table);
  std::set<std::string> classes;
  for (const ablate::Figures& row : rows_)
    if (!row.class_name.empty()) classes.insert(row.class_name);
  if (!classes.empty())
    console.note(
        fmt::format("Figures of {} classes are in the file; `neurox report` shows them.", classes.size()));
}

}  // namespace neurox::apps

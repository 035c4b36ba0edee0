#include "comparison_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "neurox/core/no_value.h"
#include "neurox/io/neuron_table.h"

namespace neurox::apps {
namespace {

using io::Tree;

constexpr std::size_t kKeptNeurons = 100;  ///< of a consensus, in the file

std::vector<ComparedRanking> rankings_of(const ComparedSet& set) {
  std::vector<ComparedRanking> out;
  for (const ComparedItem& item : set.items) out.push_back(item.ranking);
  return out;
}

std::vector<NeuronList> orders_of(const ComparedSet& set) {
  std::vector<NeuronList> out;
  for (const ComparedItem& item : set.items) out.push_back(item.ranking.order);
  return out;
}

std::string setting(const NeuronFile& file, const char* name) {
  const auto at = file.data.uns.find("ranking");
  return at == file.data.uns.end() ? std::string() : at->value(name, std::string());
}

}  // namespace

void ComparisonTable::add_pairs(const ComparedSet& set, const std::vector<ComparedRanking>& rankings,
                                const std::string& unit, const AgreementOptions& options) {
  for (PairAgreement& pair : agreements(rankings, options)) {
    const std::string &first = set.items[pair.first].name, &second = set.items[pair.second].name;
    pairs_.push_back({set.concept_name, unit, first, second, std::move(pair)});
  }
}

void ComparisonTable::add(const ComparedSet& set) {
  add_pairs(set, rankings_of(set), "neuron", options_);
  const std::vector<NeuronList> orders = orders_of(set);
  const Index depth = options_.ks.back();
  std::vector<Ranking> rows;
  for (const ComparedItem& item : set.items)
    rows.push_back({set.concept_name,
                    item.name,
                    item.file->path,
                    setting(*item.file, "method"),
                    setting(*item.file, "label"),
                    item.concept_name,
                    {},
                    {},
                    {},
                    {}});
  for (const Index k : options_.ks) {
    const auto shared = mean_jaccard(orders, k), votes = neuron_vote(orders, depth, k, false),
               others = neuron_vote(orders, depth, k, true);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      rows[i].mean_jaccard.push_back(shared[i]);
      rows[i].vote.push_back(votes[i]);
      rows[i].vote_of_others.push_back(others[i]);
      rows[i].tied.push_back(tied_after(set.items[i].ranking, k));
    }
  }
  rankings_.insert(rankings_.end(), rows.begin(), rows.end());
  Together all{set.concept_name, vote(orders, depth), {}, {}};
  for (std::size_t i = 0; i < orders.size(); ++i) {
    all.names.push_back(set.items[i].name);
    all.places.emplace_back(orders[i].size());
    for (std::size_t place = 0; place < orders[i].size(); ++place)
      all.places[i][static_cast<std::size_t>(orders[i][place])] = static_cast<Index>(place) + 1;
  }
  together_.push_back(std::move(all));
}

void ComparisonTable::add_merged(const ComparedSet& set, const std::vector<Index>& group_of) {
  std::vector<ComparedRanking> merged;
  for (const ComparedItem& item : set.items) merged.push_back(ranking_of_groups(item.ranking, group_of));
  AgreementOptions of_groups = options_;
  of_groups.sites = {};  // a group may lie at several
  add_pairs(set, merged, "group", of_groups);
}

void ComparisonTable::add_moved(const ComparedSet& set) {
  const Index k = options_.ks.back();
  for (std::size_t i = 1; i < set.items.size(); ++i) {
    Moved moved{set.concept_name, set.items[0].name, set.items[i].name,
                moved_neurons(set.items[0].ranking.order, set.items[i].ranking.order, k), 0};
    moved.kept = std::count_if(moved.neurons.begin(), moved.neurons.end(),
                               [k](const MovedNeuron& m) { return std::max(m.from, m.to) <= k; });
    moved_.push_back(std::move(moved));
  }
}

io::AnnData ComparisonTable::anndata() const {
  io::AnnData out;
  std::vector<std::string> concepts, units, first, second;
  std::vector<double> average, biased, kendall, rank, cosine, site_rank;
  for (const Pair& p : pairs_) {
    concepts.push_back(p.concept_name), units.push_back(p.unit);
    first.push_back(p.first), second.push_back(p.second);
    average.push_back(p.agreement.average_overlap), biased.push_back(p.agreement.rank_biased);
    kendall.push_back(p.agreement.kendall), rank.push_back(p.agreement.spearman);
    cosine.push_back(p.agreement.fingerprints.cosine);
    site_rank.push_back(p.agreement.fingerprints.spearman);
  }
  out.obs.add("concept", io::categorical(concepts));
  out.obs.add("unit", io::categorical(units));
  out.obs.add("first", io::categorical(first));
  out.obs.add("second", io::categorical(second));
  for (std::size_t i = 0; i < options_.ks.size(); ++i) {
    const auto add_column = [&](const char* name, std::vector<double> PairAgreement::*member) {
      std::vector<double> column;
      for (const Pair& p : pairs_) column.push_back((p.agreement.*member)[i]);
      out.obs.add(fmt::format("{}_{}", name, options_.ks[i]), column);
    };
    add_column("overlap", &PairAgreement::overlap);
    add_column("jaccard", &PairAgreement::jaccard);
    add_column("by_chance", &PairAgreement::by_chance);
  }
  out.obs.add("average_overlap", average);
  out.obs.add("rank_biased_overlap", biased);
  out.obs.add("kendall", kendall);
  out.obs.add("spearman", rank);
  if (options_.sites.count > 1) {
    out.obs.add("fingerprint_cosine", cosine);
    out.obs.add("fingerprint_spearman", site_rank);
  }

  Tree rankings = Tree::object(), consensus = Tree::object(), moved = Tree::object();
  for (const Ranking& r : rankings_) {
    rankings["concept"].push_back(r.concept_name);
    rankings["name"].push_back(r.name);
    rankings["method"].push_back(r.method);
    rankings["label"].push_back(r.label);
    rankings["concept_of_ranking"].push_back(r.of);
    for (std::size_t i = 0; i < options_.ks.size(); ++i) {
      const Index k = options_.ks[i];
      rankings[fmt::format("mean_jaccard_{}", k)].push_back(r.mean_jaccard[i]);
      rankings[fmt::format("neuron_vote_{}", k)].push_back(r.vote[i]);
      rankings[fmt::format("vote_of_others_{}", k)].push_back(r.vote_of_others[i]);
      rankings[fmt::format("tied_after_{}", k)].push_back(r.tied[i]);
    }
  }
  for (const Together& t : together_)
    for (std::size_t i = 0; i < std::min(kKeptNeurons, t.votes.order.size()); ++i) {
      const Index neuron = t.votes.order[i];
      consensus["concept"].push_back(t.concept_name);
      consensus["neuron"].push_back(address(neuron));
      consensus["score"].push_back(t.votes.scores(neuron));
      std::string places;
      for (const auto& of_ranking : t.places)
        places +=
            fmt::format("{}{}", places.empty() ? "" : " ", of_ranking[static_cast<std::size_t>(neuron)]);
      consensus["places"].push_back(places);
    }
  for (const Moved& m : moved_)
    for (const MovedNeuron& n : m.neurons) {
      moved["concept"].push_back(m.concept_name);
      moved["first"].push_back(m.first);
      moved["second"].push_back(m.second);
      moved["neuron"].push_back(address(n.neuron));
      moved["from"].push_back(n.from);
      moved["to"].push_back(n.to);
    }
  out.uns["rankings"] = rankings;
  out.uns["consensus"] = consensus;
  if (!moved.empty()) out.uns["moved"] = moved;
  if (!words_.empty()) out.uns["word_changes"] = word_figures();
  out.uns["firsts"] = options_.ks;
  return out;
}

void ComparisonTable::add_word_changes(const ComparedSet& set, const NeuronList& neurons,
                                       std::vector<WordChange> changes,
                                       const std::function<std::string(std::int32_t)>& spell) {
  for (std::size_t i = 0; i < neurons.size(); ++i) {
    std::string moved;
    for (const WordMove& m : changes[i].moved)
      moved += fmt::format("{}{} ({:+.1f} to {:+.1f})", moved.empty() ? "" : " · ", spell(m.type), m.before,
                           m.after);
    words_.push_back(
        {set.concept_name, neurons[i], changes[i].correlation, changes[i].kept, std::move(moved)});
  }
}

Tree ComparisonTable::word_figures() const {
  Tree t = Tree::object();
  for (const ChangedWords& w : words_) {
    t["concept"].push_back(w.concept_name);
    t["neuron"].push_back(address(w.neuron));
    t["correlation"].push_back(w.correlation);
    t["kept"].push_back(w.kept);
    t["moved"].push_back(w.moved);
  }
  return t;
}

io::AnnData ComparisonTable::consensus() const {
  io::AnnData out;
  const auto neurons = static_cast<Index>(axis_.size()), concepts = static_cast<Index>(together_.size());
  out.X = MatrixF(neurons, concepts);
  MatrixF ranks(neurons, concepts);
  out.var.rows = concepts;
  out.var.row_names.emplace();
  for (Index c = 0; c < concepts; ++c) {
    const Together& t = together_[static_cast<std::size_t>(c)];
    out.var.row_names->push_back(t.concept_name);
    out.X->col(c) = t.votes.scores.cast<float>();
    for (std::size_t place = 0; place < t.votes.order.size(); ++place)
      ranks(t.votes.order[place], c) = static_cast<float>(place + 1);
  }
  out.layers.emplace_back("rank", std::move(ranks));
  out.uns["sites"] = io::sites_tree(axis_);
  return out;
}

void ComparisonTable::show_map(Console& console, const Together& set) const {
  constexpr std::size_t kWidest = 12;
  constexpr const char* kShades[] = {"  ", "░░", "▒▒", "▓▓", "██"};
  const std::size_t n = set.names.size(), k = options_.ks.size() - 1;
  if (n > kWidest) return;
  std::size_t wide = 0;
  for (const std::string& name : set.names) wide = std::max(wide, name.size());
  MatrixD values = MatrixD::Constant(static_cast<Index>(n), static_cast<Index>(n), 1);
  for (const Pair& p : pairs_)
    if (p.concept_name == set.concept_name && p.unit == "neuron")
      values(static_cast<Index>(p.agreement.first), static_cast<Index>(p.agreement.second)) =
          values(static_cast<Index>(p.agreement.second), static_cast<Index>(p.agreement.first)) =
              p.agreement.overlap[k];
  console.note(fmt::format("\n{}: shared among the first {}", set.concept_name, options_.ks[k]));
  std::string head = fmt::format("{:{}}", "", wide + 4);
  for (std::size_t j = 0; j < n; ++j) head += fmt::format("{:>9}", j + 1);
  console.note(head);
  for (std::size_t i = 0; i < n; ++i) {
    std::string line = fmt::format("{:>3} {:{}}", i + 1, set.names[i], wide);
    for (std::size_t j = 0; j < n; ++j) {
      const double v = values(static_cast<Index>(i), static_cast<Index>(j));
      const auto shade = static_cast<std::size_t>(std::clamp(std::floor(v * 5), 0.0, 4.0));
      line += fmt::format("  {} {:.2f}", kShades[shade], v);
    }
    console.note(line);
  }
}

void ComparisonTable::show(Console& console, int rows) const {
  std::vector<std::vector<Tree>> table;
  std::vector<std::string> columns{"concept", "unit", "first", "second"};
  for (const Index k : options_.ks) columns.push_back(fmt::format("overlap@{}", k));
  for (const char* name : {"average overlap", "rank-biased", "Kendall", "Spearman"})
    columns.emplace_back(name);
  if (options_.sites.count > 1) columns.emplace_back("sites' cosine");
  for (const Pair& p : pairs_) {
    table.push_back({p.concept_name, p.unit, p.first, p.second});
    for (const double x : p.agreement.overlap) table.back().emplace_back(x);
    for (const double x :
         {p.agreement.average_overlap, p.agreement.rank_biased, p.agreement.kendall, p.agreement.spearman})
      table.back().push_back(shown_number(x));
    if (options_.sites.count > 1) table.back().push_back(shown_number(p.agreement.fingerprints.cosine));
  }
  console.table("pairs", columns, table);
  for (const Together& t : together_) show_map(console, t);
  table.clear();
  const std::size_t last = options_.ks.size() - 1;
  for (const Ranking& r : rankings_)
    table.push_back(
        {r.concept_name, r.name, r.method, r.mean_jaccard[last], r.vote[last], r.vote_of_others[last]});
  console.table("rankings",
                {"concept", "ranking", "method", "mean Jaccard", "NeuronVote", "vote of the others"}, table);
  table.clear();
  for (const Together& t : together_)
    for (std::size_t i = 0; i < std::min(static_cast<std::size_t>(rows), t.votes.order.size()); ++i) {
      const Index neuron = t.votes.order[i];
      std::vector<Index> places;
      for (const auto& of_ranking : t.places) places.push_back(of_ranking[static_cast<std::size_t>(neuron)]);
      table.push_back({t.concept_name, i + 1, address(neuron), t.votes.scores(neuron),
                       fmt::format("{}", fmt::join(places, " "))});
    }
  console.table("consensus", {"concept", "place", "neuron", "votes", "its places"}, table);
  table.clear();
  std::vector<std::vector<Tree>> kept;
  for (const Moved& m : moved_) {
    const auto entered = std::count_if(m.neurons.begin(), m.neurons.end(),
                                       [&](const MovedNeuron& n) { return n.from > options_.ks[last]; });
    kept.push_back({m.concept_name, m.first, m.second, m.kept, entered});
    for (std::size_t i = 0; i < std::min(static_cast<std::size_t>(rows), m.neurons.size()); ++i)
      table.push_back({m.concept_name, address(m.neurons[i].neuron), m.first, m.neurons[i].from, m.second,
                       m.neurons[i].to});
  }
  std::vector<std::vector<Tree>> words;
  std::map<std::string, int> shown;
  for (const ChangedWords& w : words_)
    if (shown[w.concept_name]++ < rows)
      words.push_back(
          {w.concept_name, address(w.neuron), shown_number(w.correlation), shown_number(w.kept), w.moved});
  if (!words.empty())
    console.table("words",
                  {"concept", "neuron", "correlation of words", "first words kept", "moved most (z to z)"},
                  words);
  if (moved_.empty()) return;
  console.table(
      "changed",
      {"concept", "first", "second", fmt::format("in both first {}", options_.ks[last]), "entered and left"},
      kept);
  console.table("moved", {"concept", "neuron", "from", "place", "to", "new place"}, table);
}

}  // namespace neurox::apps

#include "neurox/model/hooks.h"

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <utility>

#include "neurox/core/error.h"
#include "neurox/core/nearest.h"

namespace neurox::model {

/// What listens, by slot: block * kinds + kind, the final norm after the last block.
struct HookTable {
  template <class F>
  struct Entry {
    std::uint64_t id;
    F call;
    bool whole = false;  ///< an edit that needs all rows
  };
  struct Slot {
    std::vector<Entry<Hooks::RowEdit>> edits;
    std::vector<Entry<Hooks::Observer>> observers;
    bool empty() const { return edits.empty() && observers.empty(); }
  };
  std::vector<Slot> slots;
  std::map<std::string, std::size_t, std::less<>> added;  ///< sites beside those of the layers
  std::size_t listeners = 0;
  std::uint64_t next_id = 0;
};

namespace {

constexpr std::size_t kinds_of_a_block = static_cast<std::size_t>(SiteKind::FinalNorm);

std::size_t slots_of(int blocks) {
  return static_cast<std::size_t>(blocks) * kinds_of_a_block + 1;
}

std::string describe(const torch::Tensor& x) {
  if (!x.defined()) return "nothing";
  std::ostringstream out;
  out << x.sizes() << ' ' << x.scalar_type() << " on " << x.device();
  return out.str();
}

}  // namespace

std::size_t Hooks::slot_index(SiteKind kind, int block) const {
  if (kind == SiteKind::Module) return static_cast<std::size_t>(block);
  const bool before = encoder_ && stack_ != Stack::Encoder;  // the encoder's slots
  const std::size_t first = before ? slots_of(encoder_->blocks) : 0;
  if (kind == SiteKind::FinalNorm) return first + static_cast<std::size_t>(blocks_) * kinds_of_a_block;
  return first + static_cast<std::size_t>(block) * kinds_of_a_block + static_cast<std::size_t>(kind);
}

torch::Tensor Hooks::checked(torch::Tensor y, const torch::Tensor& x, SiteKind kind, int block) const {
  if (y.defined() && y.sizes() == x.sizes() && y.scalar_type() == x.scalar_type() && y.device() == x.device())
    return y;
  throw usage_error("an edit at {} returned {} where {} is needed",
                    kind == SiteKind::Module ? module_name(block) : full_name({kind, block, {}, stack_}),
                    describe(y), describe(x));
}

std::string Hooks::module_name(int module) const {
  const auto slot = static_cast<std::size_t>(module);
  for (const auto& [path, added] : table_->added)
    if (added == slot) return path;
  return modules_.at(slot);
}

int Hooks::add_site(const std::string& path) {
  if (!table_->added.try_emplace(path, table_->slots.size()).second)
    throw usage_error("there are two sites {}", path);
  table_->slots.emplace_back();
  return static_cast<int>(table_->slots.size()) - 1;
}

Hooks::Guard& Hooks::Guard::operator=(Guard&& other) noexcept {
  if (this != &other) {
    release();
    table_ = std::move(other.table_);
    slot_ = other.slot_;
    id_ = other.id_;
  }
  return *this;
}

void Hooks::Guard::release() noexcept {
  const std::shared_ptr<HookTable> table = table_.lock();
  table_.reset();
  if (!table) return;
  const auto mine = [this](const auto& entry) { return entry.id == id_; };
  HookTable::Slot& slot = table->slots[slot_];
  table->listeners -= std::erase_if(slot.edits, mine) + std::erase_if(slot.observers, mine);
}

Hooks::Hooks(int blocks, bool final_norm)
    : blocks_(blocks), final_norm_(final_norm), table_(std::make_shared<HookTable>()) {
  table_->slots.resize(slots_of(blocks));
}

Hooks::Hooks(Blocks encoder, Blocks decoder) : Hooks(decoder.blocks, decoder.final_norm) {
  encoder_ = encoder;
  table_->slots.resize(slots_of(encoder.blocks) + slots_of(decoder.blocks));
}

Hooks Hooks::of_stack(Stack stack, Rows rows) const {
  Hooks out = *this;
  out.stack_ = stack;
  out.rows_ = std::move(rows);
  if (stack == Stack::Encoder) {
    out.blocks_ = encoder_->blocks;
    out.final_norm_ = encoder_->final_norm;
  }
  return out;
}

Hooks::Hooks(std::vector<std::string> modules)
    : blocks_(0), final_norm_(false), modules_(std::move(modules)), table_(std::make_shared<HookTable>()) {
  table_->slots.resize(modules_.size());
}

std::size_t Hooks::slot(Site site) const {
  if (site.kind == SiteKind::Module)
    if (const auto it = table_->added.find(site.path); it != table_->added.end()) return it->second;
  if (site.kind == SiteKind::Module || !modules_.empty()) {
    const auto i = static_cast<std::size_t>(site.block);
    if (site.kind != SiteKind::Module || i >= modules_.size() || modules_[i] != site.path)
      throw usage_error("no site {} in the model{}", full_name(site),
                        did_you_mean(full_name(site), modules_));
  } else if (site.stack != stack_ && encoder_) {
    return of_stack(site.stack, {}).slot(site);
  } else if (site.stack != stack_) {
    throw usage_error("no site {}: the model has one stack of blocks, not an encoder and a decoder",
                      full_name(site));
  } else if (is_cross(site.kind) && (!encoder_ || stack_ == Stack::Encoder)) {
    throw usage_error("no site {}: there is no cross attention", full_name(site));
  } else if (site.kind == SiteKind::FinalNorm) {
    if (!final_norm_) throw usage_error("no site {}: the model has no final norm", full_name(site));
  } else if (site.block < 0 || site.block >= blocks_) {
    throw usage_error("no site {}: the model has blocks 0 to {}", full_name(site), blocks_ - 1);
  }
  return slot_index(site.kind, site.block);
}

Hooks::Guard Hooks::observe(Site site, Observer observer) {
  Guard guard;
  guard.slot_ = slot(site);
  guard.id_ = table_->next_id++;
  table_->slots[guard.slot_].observers.push_back({guard.id_, std::move(observer), false});
  ++table_->listeners;
  guard.table_ = table_;
  return guard;
}

Hooks::Guard Hooks::edit(Site site, Edit edit) {
  Guard guard = edit_rows(
      site, [edit = std::move(edit)](const torch::Tensor& x, const torch::Tensor&) { return edit(x); });
  table_->slots[guard.slot_].edits.back().whole = true;
  return guard;
}

Hooks::Guard Hooks::edit_rows(Site site, RowEdit edit) {
  Guard guard;
  guard.slot_ = slot(site);
  guard.id_ = table_->next_id++;
  table_->slots[guard.slot_].edits.push_back({guard.id_, std::move(edit), false});
  ++table_->listeners;
  guard.table_ = table_;
  return guard;
}

torch::Tensor Hooks::operator()(SiteKind kind, int block, torch::Tensor x) const {
  if (table_->listeners == 0) return x;
  const HookTable::Slot& slot = table_->slots[slot_index(kind, block)];
  if (slot.empty()) return x;
  const torch::Tensor& rows = kind == SiteKind::CrossK || kind == SiteKind::CrossV ? rows_.source : rows_.own;
  const bool some = rows.defined() && x.dim() == 2;
  if (some) x = torch::zeros({rows_.all, x.size(1)}, x.options()).index_copy(0, rows, x);
  for (const auto& entry : slot.edits) x = checked(entry.call(x, {}), x, kind, block);
  for (const auto& entry : slot.observers) entry.call(x);
  return some ? x.index_select(0, rows) : x;
}

bool Hooks::wants(SiteKind kind, int block) const {
  return table_->listeners != 0 && !table_->slots[slot_index(kind, block)].empty();
}

bool Hooks::any() const {
  return table_->listeners != 0;
}

bool Hooks::edits(int module) const {
  return table_->listeners != 0 && !table_->slots[static_cast<std::size_t>(module)].edits.empty();
}
bool Hooks::observes(int module) const {
  return table_->listeners != 0 && !table_->slots[static_cast<std::size_t>(module)].observers.empty();
}

torch::Tensor Hooks::edited(int module, torch::Tensor x) const {
  for (const auto& entry : table_->slots[static_cast<std::size_t>(module)].edits)
    x = checked(entry.call(x, {}), x, SiteKind::Module, module);
  return x;
}

std::optional<torch::Tensor> Hooks::edited_rows(int module, torch::Tensor x,
                                                const torch::Tensor& rows) const {
  const auto& edits = table_->slots[static_cast<std::size_t>(module)].edits;
  if (std::any_of(edits.begin(), edits.end(), [](const auto& entry) { return entry.whole; }))
    return std::nullopt;
  for (const auto& entry : edits) x = checked(entry.call(x, rows), x, SiteKind::Module, module);
  return x;
}

void Hooks::show(int module, const torch::Tensor& x) const {
  for (const auto& entry : table_->slots[static_cast<std::size_t>(module)].observers) entry.call(x);
}

}  // namespace neurox::model

#pragma once

#include <torch/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "neurox/core/site.h"

namespace neurox::model {

/// Listeners at the sites of one model.
///
///     x = hooks(SiteKind::MlpPost, block, x);
///
/// is the identity, and free, when nobody listens there. Otherwise the edits run in the order in which they
/// were registered, each on what the one before returned, and then the observers see the result.
///
/// Shapes are those of core/site.h, rows being the tokens of the whole batch (of an encoder and a decoder:
/// the source's and the target's, those that a site does not have zero and without effect); at AttnPattern
/// the hook is called once per run of the batch (Batch::runs) with #sentences x heads x queries x keys, at
/// CrossPattern once per run of equal targets and sources. An exception
/// thrown by a listener ends the forward pass and reaches its caller; guards then unwind as usual.
/// Not for use by several threads at once. A listener must not register or release hooks.
class Hooks {
 public:
  using Observer = std::function<void(const torch::Tensor&)>;
  using Edit = std::function<torch::Tensor(const torch::Tensor&)>;
  /// An edit that can be asked for some rows alone: their numbers (int64), undefined for all. A layer that
  /// runs word by word asks it for a step's rows; other edits it has to show a matrix of all rows at every
  /// step.
  using RowEdit = std::function<torch::Tensor(const torch::Tensor& x, const torch::Tensor& rows)>;

  /// Takes its listener away when it ends. May outlive the model.
  class [[nodiscard]] Guard {
   public:
    Guard() = default;
    Guard(Guard&&) noexcept = default;
    Guard& operator=(Guard&& other) noexcept;
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard() { release(); }
    void release() noexcept;

   private:
    friend class Hooks;
    std::weak_ptr<struct HookTable> table_;
    std::size_t slot_ = 0;
    std::uint64_t id_ = 0;
  };

  /// @param final_norm whether the model has the site ln_final.hook_out
  Hooks(int blocks, bool final_norm);
  /// Of an encoder and a decoder that attends to it.
  struct Blocks {
    int blocks;
    bool final_norm;
  };
  Hooks(Blocks encoder, Blocks decoder);
  /// Of a TorchScript file: its modules' paths, in the order of execution.
  explicit Hooks(std::vector<std::string> modules);

  /// @throws Error{Usage} when the model has no such site
  Guard observe(Site site, Observer observer);
  /// The edit returns the replacement, of the same shape (else Error{Usage} from the forward pass, by name).
  /// @throws Error{Usage} when the model has no such site
  Guard edit(Site site, Edit edit);
  Guard edit_rows(Site site, RowEdit edit);

  /// A site of its own name in a block of a Transformer, that something else than its layers computes: a
  /// Site of kind Module with this path and block. Returns the number by which the calls for modules below
  /// know it.
  /// @throws Error{Usage} when there is a site of that name
  int add_site(const std::string& path);

  /// Where the rows of a stack's tensors stand among all rows of a batch; undefined: they are all.
  struct Rows {
    torch::Tensor own, source;  ///< int64; `source` of cross_k and cross_v
    std::int64_t all = 0;
  };
  /// The same listeners as one stack's: kinds and blocks given to the calls below are of that stack.
  Hooks of_stack(Stack stack, Rows rows) const;

  torch::Tensor operator()(SiteKind kind, int block, torch::Tensor x) const;
  /// Whether anybody observes or edits there.
  bool wants(SiteKind kind, int block) const;
  /// Whether anybody listens anywhere.
  bool any() const;

  /// The two halves of operator() at a module, for layers that run word by word (recurrent_cell.h).
  bool edits(int module) const;
  bool observes(int module) const;
  torch::Tensor edited(int module, torch::Tensor x) const;
  /// Of some rows; nothing where an edit there needs all.
  std::optional<torch::Tensor> edited_rows(int module, torch::Tensor x, const torch::Tensor& rows) const;
  void show(int module, const torch::Tensor& x) const;

 private:
  std::size_t slot(Site site) const;
  std::size_t slot_index(SiteKind kind, int block) const;
  std::string module_name(int module) const;
  torch::Tensor checked(torch::Tensor y, const torch::Tensor& x, SiteKind kind, int block) const;

  int blocks_;
  bool final_norm_;
  std::vector<std::string> modules_;
  std::optional<Blocks> encoder_ = {};  ///< its slots stand before the decoder's
  Stack stack_ = Stack::Only;
  Rows rows_ = {};
  std::shared_ptr<struct HookTable> table_;
};

}  // namespace neurox::model

#pragma once

#include <filesystem>

#include "neurox/io/activation_reader.h"
#include "neurox/io/output.h"

namespace neurox::io {

/// Reads NeuroX's activation files (1.0.9) as activations: layer k becomes the site `layer_k` of block k; the
/// file does not say which layers of the model they are, since NeuroX counts from 0 again after filtering.
/// Words whose token is empty (the tokenizer dropped them, NeuroX writes zeros) have status `dropped`.
///
/// HDF5 is read in place; JSON lines are turned into an unnamed temporary file once.
/// @throws Error{Input}: sentences without rows, layers of different widths, tokens that do not match the
/// rows
std::shared_ptr<const ActivationReader> open_neurox_hdf5(const std::filesystem::path& path);
std::shared_ptr<const ActivationReader> open_neurox_json(const std::filesystem::path& path);

/// Writes activations as NeuroX does: HDF5 (one dataset `i` of #layers x #tokens x width per sentence, and
/// `sentence_to_index`) or JSON lines (values rounded to 8 decimals). The sites become layers in their order.
/// @throws Error{Input} when sites differ in width or are not whole; as OutputFile
void write_neurox_hdf5(const std::filesystem::path& target, const ActivationReader& activations,
                       const WriteOptions& options);
void write_neurox_json(const std::filesystem::path& target, const ActivationReader& activations,
                       const WriteOptions& options);

}  // namespace neurox::io

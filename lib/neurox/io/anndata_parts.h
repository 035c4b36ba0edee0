#pragma once

#include <string>
#include <vector>

#include "neurox/core/matrix.h"
#include "neurox/io/hdf5.h"
#include "neurox/io/table.h"

/// The parts of an AnnData file, as anndata 0.8 and later encode them. The caller holds h5::Lock.
namespace neurox::io::h5 {

/// Keys are names of HDF5 links, which hold no '/' and are not "."; these two are written as U+2215 and
/// U+2024, and read back. @throws Error{Usage} for an empty key
std::string key_to_link(const std::string& key);
std::string link_to_key(const std::string& link);

/// The group of a data frame, index and columns to be put into it; the index is the dataset `_index`.
Handle make_table(const File& file, hid_t parent, const std::string& name,
                  const std::vector<std::string>& columns);
/// Row names 0..rows-1 as an array of integers, which anndata turns into strings.
void put_row_numbers(const File& file, hid_t table, std::int64_t rows);
void put_column(const File& file, hid_t table, const Column& column);
/// A categorical column whose codes (int8, int16 or int32 by the number of categories) are to be written to
/// the dataset returned.
Handle make_categorical(const File& file, hid_t table, const std::string& name,
                        const std::vector<std::string>& categories, std::int64_t rows);
void put_table(const File& file, hid_t parent, const std::string& name, const Table& table);

Table read_table(const File& file, hid_t parent, const std::string& name);

void put_matrix(const File& file, hid_t parent, const std::string& name, const MatrixF& X);

/// A dictionary, its entries in order of name when read back; entries named in `without` are left out.
void put_tree(const File& file, hid_t parent, const std::string& name, const Tree& tree);
Tree read_tree(const File& file, hid_t parent, const std::string& name,
               const std::vector<std::string>& without = {});

}  // namespace neurox::io::h5

#pragma once

#include "neurox/io/anndata.h"
#include "neurox/io/output.h"

namespace neurox::io {

/// The rows of a file as delimited text with a header (RFC 4180 quotes): the columns of obs, then those of X
/// under their names. A value that is not there is an empty field; numbers are written so that reading them
/// gives the same ones.
void write_delimited(OutputFile& out, const AnnData& data, char separator);

}  // namespace neurox::io

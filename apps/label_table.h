#pragma once

#include "console.h"
#include "neurox/io/table.h"

namespace neurox::apps {

/// Shows the label sets among the columns of a table: classes, or the range of numbers, and the rows that
/// have one; then the sizes of the classes of each set that has no more than 20.
void show_labels(Console& console, const io::Table& obs);

}  // namespace neurox::apps

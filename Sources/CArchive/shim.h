#ifndef ELVES_CARCHIVE_SHIM_H
#define ELVES_CARCHIVE_SHIM_H

#include <archive.h>
#include <archive_entry.h>

#endif

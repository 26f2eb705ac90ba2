/* room.h: how much a folder holds, when a foreign tool fills it. */
#ifndef HF_ROOM_H
#define HF_ROOM_H

#include <stdint.h>

#define HF_ROOM_MAX_ENTRIES 200000
#define HF_ROOM_MAX_DEPTH 100

/* 1 when the files below `path` take more than `max` bytes of the disk, are too many or too deep, or when it cannot be told,
 * because a folder cannot be read. No link is followed. */
int hf_room_over(const char *path, uint64_t max);

#endif

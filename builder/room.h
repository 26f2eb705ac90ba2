/* room.h: how much a folder holds, when a foreign tool fills it. */
#ifndef HF_ROOM_H
#define HF_ROOM_H

#include <stdint.h>
#include <sys/types.h>

#define HF_ROOM_MAX_ENTRIES 200000
#define HF_ROOM_MAX_DEPTH 100
#define HF_ROOM_MAX_HIDDEN 1024 /* files that stand in no folder */

/* 1 when the files below `path` take more than `max` bytes of the disk, are too many or too deep, or when it cannot be told,
 * because a folder cannot be read. No link is followed. */
int hf_room_over(const char *path, uint64_t max);

/* 1 when the processes of a group hold files open that stand in no folder any more, and these take more than `max` bytes or are
 * too many: what was removed while it is open fills the disk all the same. What cannot be looked at holds nothing. */
int hf_room_hidden(pid_t group, uint64_t max);

#endif

/* notify.h: sd_notify(3) without libsystemd: a datagram to the socket that NOTIFY_SOCKET names. */
#ifndef HF_NOTIFY_H
#define HF_NOTIFY_H

#include <stdint.h>

/* Sends assignments such as "READY=1\nSTATUS=serving", a line each. Does nothing without NOTIFY_SOCKET, or
 * when it cannot be reached. */
void hf_notify(const char *assignments);

/* How often the service manager wants WATCHDOG=1, in milliseconds: half of what WATCHDOG_USEC says for this process; 0: never. */
int64_t hf_notify_watchdog(void);

#endif

/* report.h: telling the edge what became of patches on this device. */
#ifndef HF_REPORT_H
#define HF_REPORT_H

#include "client/session.h"

#define HF_REPORT_SECONDS 10 /* for one; after one that fails the others wait for the next update */

/* Sends what the folder's state has to tell, and forgets what the edge has taken, or will never take. A device that is killed in
 * between tells it twice. Failures are logged, and change nothing. */
void hf_report_send(struct hf_client *c);

#endif

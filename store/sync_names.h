/* sync_names.h: what `hotfix sync` keeps beside <app>/<channel>/manifest.json in its folder; the edge reads the times of these.
 * No manifest, app or channel has a name that begins with a dot. */
#ifndef HF_SYNC_NAMES_H
#define HF_SYNC_NAMES_H

#define HF_SYNC_SEEN ".seen"       /* empty; changed when the bucket last said that the manifest kept here is in force there */
#define HF_SYNC_REFUSED ".refused" /* empty; there while what lies in the bucket is refused */

#endif

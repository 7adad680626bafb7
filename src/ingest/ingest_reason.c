#include "ingest_reason.h"

const char *ingest_reason_name(ingest_reason reason)
{
    static const char *const names[] = {
#define REASON_NAME(code, name, text) name,
        INGEST_REASON_LIST(REASON_NAME)
#undef REASON_NAME
    };

    return (unsigned)reason < INGEST_REASONS ? names[reason] : "unknown";
}

const char *ingest_reason_text(ingest_reason reason)
{
    static const char *const texts[] = {
#define REASON_TEXT(code, name, text) text,
        INGEST_REASON_LIST(REASON_TEXT)
#undef REASON_TEXT
    };

    return (unsigned)reason < INGEST_REASONS ? texts[reason] : "unknown";
}

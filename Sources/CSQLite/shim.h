// The system's SQLite, with the parts that the distribution's header hides by default.
#define SQLITE_ENABLE_PREUPDATE_HOOK 1
#define SQLITE_ENABLE_SESSION 1
#include <sqlite3.h>

// SQLite configures itself by variadic functions, which Swift cannot call.

static inline int orrery_config_memstatus(int enabled) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, enabled);
}

// Makes every use of the 'localtime' modifier an error: its answer depends on the machine.
static inline int orrery_refuse_localtime(void) {
    return sqlite3_test_control(SQLITE_TESTCTRL_LOCALTIME_FAULT, 1);
}

static inline int orrery_db_config_flag(sqlite3 *db, int option, int enabled) {
    return sqlite3_db_config(db, option, enabled, (int *)0);
}

/* What the launcher's files see of the lab; in a build for tests only, from within sandbox.h. */
static inline bool has(const struct plan *plan, enum layer layer) {
    return !(plan->lacking >> layer & 1);
}
bool lab_lack(struct plan *plan, const char *layer);
bool lab_keep_powers(const struct plan *plan);

/* What the launcher's files see of the lab; in a build for tests only, from within sandbox.h. */
static inline bool has(const struct plan *plan, enum layer layer) {
    return !(plan->lacking >> layer & 1);
}
static inline uint64_t lab_attributes(const struct plan *plan, uint64_t wanted) {
    uint64_t lacking = (has(plan, LAYER_READ_ONLY) ? 0 : MOUNT_ATTR_RDONLY) |
                       (has(plan, LAYER_NOEXEC) ? 0 : MOUNT_ATTR_NOEXEC) |
                       (has(plan, LAYER_NOSUID) ? 0 : MOUNT_ATTR_NOSUID);
    return wanted & ~lacking;
}
bool lab_lack(struct plan *plan, const char *layer);
bool lab_keep_powers(const struct plan *plan);

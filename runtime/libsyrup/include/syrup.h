/* libsyrup: maps and executors of policies that are deployed. See docs/reference/libsyrup.md.
 *
 * Every function that returns an int returns -1 on failure, sets errno, and leaves one sentence
 * for syr_last_error(). Nothing here needs a privilege beyond opening the pins. */
#ifndef SYRUP_H
#define SYRUP_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Has the daemon compile a policy and deploy it among this process' own sockets, in place of the
 * one that is there: hook is "socket_select:udp:9000". Returns the program's descriptor; close()
 * it, the policy stays. The policy may use the other .syr files of its folder. */
int syr_deploy_policy(const char *policy_file, const char *hook);

/* Opens a map by its pin ("rocksdb/doing"), by deployment and name
 * ("socket_select-udp-9000:turn"), or by the path of its pin. Returns its descriptor. */
int syr_map_open(const char *path);

/* The same, refused unless the map has the layout that generated bindings were made for. */
int syr_map_open_checked(const char *path, uint64_t layout_hash);

/* Closes a map. Use this and not close(). */
int syr_map_close(int map_fd);

/* Reads the value under a key; errno is ENOENT when there is none. Keys and values have the
 * sizes of the policy's declaration; for per-CPU maps, one value for each possible CPU. */
int syr_map_lookup_elem(int map_fd, const void *key, void *value);

/* Writes the value under a key. In arrays of numbers of 4 or 8 bytes this is one store. */
int syr_map_update_elem(int map_fd, const void *key, const void *value);

/* Removes a key; errno is ENOENT when it was not there. */
int syr_map_delete_elem(int map_fd, const void *key);

/* Adds to the number under an index of an array, in one step. */
int syr_map_add(int map_fd, uint32_t index, uint64_t number);

/* Bytes of a key, and bytes that a lookup writes. */
int syr_map_key_bytes(int map_fd);
int syr_map_value_bytes(int map_fd);

/* Adds a socket to an executor set of a deployment after bind(); returns its slot. */
int syr_executor_add(const char *deployment, const char *set, int socket_fd);

/* Takes a socket out of an executor set; drain it, then close it. */
int syr_executor_remove(const char *deployment, const char *set, int socket_fd);

/* Why the last failed call of this thread failed. Good until the next call. */
const char *syr_last_error(void);

#ifdef __cplusplus
}
#endif
#endif

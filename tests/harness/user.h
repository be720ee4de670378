/* SPDX-License-Identifier: MIT */
/* What the tests of security share. */
#ifndef HARNESS_USER_H
#define HARNESS_USER_H

#include "harness.h"

#define NOBODY	65534

/* From here on an ordinary user's process, without capabilities or groups */
void become_user(void);
/* @fn in a child that is an ordinary user's; fails the case if it fails there */
void as_user(void (*fn)(void *), void *arg);
/* The same with the node, which root has opened for it */
void as_user_with_node(void (*fn)(int node));
/* The first kernel pointer in @text, or NULL */
const char *kernel_pointer(const char *text);
/* What a file holds, at most @size - 1 bytes and a zero; -1 with errno */
ssize_t read_text(const char *path, char *text, size_t size);

#endif /* HARNESS_USER_H */

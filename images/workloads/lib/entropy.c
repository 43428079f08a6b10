// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <linux/random.h>

#include "call.h"
#include "entropy.h"
#include "must.h"

#define BYTES	64

void entropy_give(__u64 seed)
{
	union {
		struct rand_pool_info info;
		unsigned char room[sizeof(struct rand_pool_info) + BYTES];
	} pool = { .info = { .entropy_count = BYTES * 8, .buf_size = BYTES } };
	int fd = open("/dev/urandom", O_RDWR | O_CLOEXEC);

	must(fd < 0 ? -errno : 0, "/dev/urandom");
	memcpy(pool.info.buf, &seed, sizeof(seed));
	must(call_device(fd, RNDADDENTROPY, &pool), "entropy");
	close(fd);
}

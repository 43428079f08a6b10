// SPDX-License-Identifier: GPL-2.0-only
/*
 * hantro's JPEG encoder fills memory of others, and somebody on another CPU
 * waits for its fences with the lock of the reservation object held. Each
 * picture goes to another dma-buf than the one before, so the driver maps each
 * anew, for which it takes that lock: it must not do so between publishing the
 * fence and starting the hardware.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>

#include "kselftest.h"

#include "args.h"
#include "clock.h"
#include "consumer.h"
#include "cpu.h"
#include "exporter.h"
#include "must.h"
#include "observe.h"
#include "pattern.h"
#include "vepu.h"

#define HOLDER		"/dev/m2m_holder"
#define M2M_HOLD	_IO('h', 0)

#define MEMORIES	2
#define PATIENCE	(6 * NSEC_PER_SEC)

struct holder {
	int fd;
	int dmabuf;
	int cpu;
	pthread_t thread;
	__s64 begin;
	__s64 end;
	int ret;
};

struct result {
	unsigned int held;
	unsigned int met;
	unsigned int stuck;
	unsigned int wrong;
};

struct encoder {
	struct m2m m2m;
	struct m2m_format raw;
	struct m2m_format coded;
	struct vepu vepu;
	struct m2m_plane memory[MEMORIES];
	__u64 seed;
	struct result result;
};

static void *hold(void *arg)
{
	struct holder *holder = arg;

	must(cpu_run_on(holder->cpu), "CPU");
	holder->begin = clock_now();
	holder->ret = ioctl(holder->fd, M2M_HOLD, holder->dmabuf);
	if (holder->ret < 0)
		holder->ret = -errno;
	holder->end = clock_now();
	return NULL;
}

/* Two dma-bufs, mapped; the queue's one buffer becomes them in turn. */
static void share(struct encoder *encoder)
{
	struct m2m_queue *capture = &encoder->m2m.capture;
	const __u32 size = encoder->coded.sizeimage[0];
	int dmabuf[MEMORIES];
	unsigned int i;

	for (i = 0; i < MEMORIES; i++) {
		dmabuf[i] = exporter_allocate("cma", size);
		if (dmabuf[i] == -ENODEV)
			ksft_exit_skip("there is no CMA heap\n");
		must(dmabuf[i], "CMA heap");
	}
	must(m2m_import(capture, dmabuf, MEMORIES, 1, &size), "CAPTURE buffers");
	for (i = 0; i < MEMORIES; i++)
		encoder->memory[i] = capture->buffer[i].plane[0];
}

static void set_up(struct encoder *encoder)
{
	struct m2m *m2m = &encoder->m2m;
	int ret;

	ret = m2m_open(m2m, VEPU_DRIVER, V4L2_PIX_FMT_JPEG);
	if (ret == -ENODEV)
		ksft_exit_skip("no JPEG encoder of %s\n", VEPU_DRIVER);
	must(ret, VEPU_DRIVER);
	encoder->raw = (struct m2m_format){
		.width = 96, .height = 32, .pixelformat = V4L2_PIX_FMT_YUYV,
	};
	encoder->coded = encoder->raw;
	encoder->coded.pixelformat = V4L2_PIX_FMT_JPEG;
	must(m2m_set_format(&m2m->capture, &encoder->coded), "CAPTURE format");
	must(m2m_set_format(&m2m->output, &encoder->raw), "OUTPUT format");
	must(vepu_init(&encoder->vepu, &vepu_hantro, &encoder->raw), "OUTPUT format");
	must(m2m_allocate(&m2m->output, 1), "OUTPUT buffers");
	share(encoder);
	must(m2m_streamon(&m2m->capture), "STREAMON CAPTURE");
	must(m2m_streamon(&m2m->output), "STREAMON OUTPUT");
}

static void print_wait(const struct encoder *encoder, const struct holder *holder)
{
	struct consumer_subject subject;
	struct observation seen;

	consumer_subject(&subject, &encoder->m2m, &encoder->m2m.capture, 0, 0, 0);
	observe_begin(&seen, "wait");
	consumer_add_subject(&seen, &subject);
	/* A fence was pending, so its job was committed. */
	observe_word(&seen, "state", holder->ret ? "active" : "unsure");
	observe_word(&seen, "api", "locked");
	observe_word(&seen, "seen", holder->ret == -ETIME ? "timeout" : "ready");
	observe_number(&seen, "begin", holder->begin);
	observe_number(&seen, "end", holder->end);
	observe_end(&seen);
}

static void note(struct encoder *encoder, const struct holder *holder)
{
	struct result *result = &encoder->result;

	if (holder->ret < 0 && holder->ret != -ETIME)
		must(holder->ret, HOLDER);
	result->held++;
	result->met += !!holder->ret;
	result->stuck += holder->ret == -ETIME;
	print_wait(encoder, holder);
}

static void one_frame(struct encoder *encoder, struct holder *holder, unsigned int frame)
{
	struct m2m *m2m = &encoder->m2m;
	struct m2m_plane *plane = &m2m->capture.buffer[0].plane[0];
	const struct m2m_buffer *source = &m2m->output.buffer[0];
	struct m2m_done done, fed;

	*plane = encoder->memory[frame % MEMORIES];
	pattern_fill(source->plane[0].map, encoder->vepu.bytes[0], encoder->seed, frame, 0);
	vepu_read(&encoder->vepu, source);
	must(m2m_qbuf(&m2m->capture, 0, NULL), "QBUF CAPTURE");

	holder->dmabuf = plane->dmabuf[0];
	must(-pthread_create(&holder->thread, NULL, hold, holder), "thread");
	clock_sleep(NSEC_PER_MSEC);
	must(m2m_qbuf(&m2m->output, 0, encoder->vepu.bytes), "QBUF OUTPUT");
	if (!m2m_wait(m2m, PATIENCE))
		ksft_exit_fail_msg("frame %u: no CAPTURE buffer\n", frame);
	must(m2m_dqbuf(&m2m->capture, &done), "DQBUF CAPTURE");
	must(m2m_dqbuf_fed(m2m, &fed), "DQBUF OUTPUT");
	pthread_join(holder->thread, NULL);
	note(encoder, holder);
	encoder->result.wrong += (done.flags & V4L2_BUF_FLAG_ERROR) ||
				 vepu_wrong(&encoder->vepu, plane->map);
}

static void tear_down(struct encoder *encoder)
{
	struct m2m *m2m = &encoder->m2m;
	unsigned int i;

	for (i = 0; i < MEMORIES; i++)
		m2m->capture.buffer[i].plane[0] = encoder->memory[i];
	must(m2m_streamoff(&m2m->output), "STREAMOFF OUTPUT");
	must(m2m_streamoff(&m2m->capture), "STREAMOFF CAPTURE");
	m2m_close(m2m);
}

int main(int argc, char **argv)
{
	static struct encoder encoder;
	struct holder holder = { .cpu = 1 };
	__u64 frames = 24;
	const struct arg args[] = {
		{ .name = "frames", .number = &frames },
		{ .name = "seed", .number = &encoder.seed },
	};
	const struct result *result = &encoder.result;
	unsigned int i;

	ksft_print_header();
	if (args_parse(argc, argv, args, ARRAY_SIZE(args)))
		ksft_exit_fail_msg("bad options\n");
	holder.fd = open(HOLDER, O_RDWR | O_CLOEXEC);
	if (holder.fd < 0)
		ksft_exit_skip("there is no %s\n", HOLDER);
	must(cpu_run_on(0), "CPU");
	set_up(&encoder);
	ksft_set_plan(2);
	for (i = 0; i < frames; i++)
		one_frame(&encoder, &holder, i);
	tear_down(&encoder);
	close(holder.fd);

	ksft_print_msg("%u of %u waited with the lock held, %u in vain\n", result->met,
		       result->held, result->stuck);
	ksft_test_result(result->held == frames, "holder.looked\n");
	ksft_test_result(!result->wrong, "capture.payload\n");
	ksft_finished();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A mem2mem driver of somebody's own: every job takes a while, and CAPTURE is
 * then what OUTPUT was. It stands for a driver that is not in any tree yet.
 */
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/workqueue.h>
#include <media/v4l2-device.h>
#include <media/v4l2-fh.h>
#include <media/v4l2-ioctl.h>
#include <media/v4l2-mem2mem.h>
#include <media/videobuf2-vmalloc.h>

#define ECHO_WIDTH	320
#define ECHO_HEIGHT	240
#define ECHO_STRIDE	(ECHO_WIDTH * 2)
#define ECHO_SIZE	(ECHO_STRIDE * ECHO_HEIGHT)

static unsigned int job_ms = 40;
module_param(job_ms, uint, 0444);
MODULE_PARM_DESC(job_ms, "milliseconds that a job takes");

static bool wrong;
module_param(wrong, bool, 0444);
MODULE_PARM_DESC(wrong, "take the locks of a finished job in the wrong order");

struct echo_dev {
	struct v4l2_device v4l2_dev;
	struct video_device vdev;
	struct v4l2_m2m_dev *m2m_dev;
	struct mutex mutex;	/* serialises ioctls */
	spinlock_t lock;	/* protects jobs; outside of echo_ctx.lock */
	u64 jobs;
};

struct echo_ctx {
	struct v4l2_fh fh;
	struct echo_dev *dev;
	struct delayed_work work;
	spinlock_t lock;	/* protects sequence */
	u32 sequence;
};

static struct platform_device *echo_pdev;

static struct echo_ctx *file_to_ctx(struct file *file)
{
	return container_of(file->private_data, struct echo_ctx, fh);
}

static void echo_count(struct echo_ctx *ctx, struct vb2_v4l2_buffer *src,
		       struct vb2_v4l2_buffer *dst)
{
	struct echo_dev *dev = ctx->dev;

	spin_lock(&dev->lock);
	spin_lock(&ctx->lock);
	src->sequence = ctx->sequence;
	dst->sequence = ctx->sequence++;
	dev->jobs++;
	spin_unlock(&ctx->lock);
	spin_unlock(&dev->lock);
}

static void echo_count_wrongly(struct echo_ctx *ctx)
{
	struct echo_dev *dev = ctx->dev;

	spin_lock(&ctx->lock);
	spin_lock(&dev->lock);
	dev->jobs++;
	spin_unlock(&dev->lock);
	spin_unlock(&ctx->lock);
}

static void echo_work(struct work_struct *work)
{
	struct echo_ctx *ctx = container_of(work, struct echo_ctx, work.work);
	struct vb2_v4l2_buffer *src, *dst;

	src = v4l2_m2m_src_buf_remove(ctx->fh.m2m_ctx);
	dst = v4l2_m2m_dst_buf_remove(ctx->fh.m2m_ctx);
	memcpy(vb2_plane_vaddr(&dst->vb2_buf, 0), vb2_plane_vaddr(&src->vb2_buf, 0), ECHO_SIZE);
	vb2_set_plane_payload(&dst->vb2_buf, 0, ECHO_SIZE);
	v4l2_m2m_buf_copy_metadata(src, dst, true);
	echo_count(ctx, src, dst);
	if (wrong)
		echo_count_wrongly(ctx);
	v4l2_m2m_buf_done(dst, VB2_BUF_STATE_DONE);
	v4l2_m2m_buf_done(src, VB2_BUF_STATE_DONE);
	v4l2_m2m_job_finish(ctx->dev->m2m_dev, ctx->fh.m2m_ctx);
}

static void echo_device_run(void *priv)
{
	struct echo_ctx *ctx = priv;

	/* One tick more: a job may be longer than it says, never shorter. */
	schedule_delayed_work(&ctx->work, msecs_to_jiffies(job_ms) + 1);
}

static const struct v4l2_m2m_ops echo_m2m_ops = {
	.device_run	= echo_device_run,
};

static int echo_queue_setup(struct vb2_queue *q, unsigned int *buffers, unsigned int *planes,
			    unsigned int sizes[], struct device *alloc_devs[])
{
	if (*planes)
		return sizes[0] < ECHO_SIZE ? -EINVAL : 0;
	*planes = 1;
	sizes[0] = ECHO_SIZE;
	return 0;
}

static int echo_buf_out_validate(struct vb2_buffer *vb)
{
	to_vb2_v4l2_buffer(vb)->field = V4L2_FIELD_NONE;
	return 0;
}

static int echo_buf_prepare(struct vb2_buffer *vb)
{
	return vb2_plane_size(vb, 0) < ECHO_SIZE ? -EINVAL : 0;
}

static void echo_buf_queue(struct vb2_buffer *vb)
{
	struct echo_ctx *ctx = vb2_get_drv_priv(vb->vb2_queue);

	v4l2_m2m_buf_queue(ctx->fh.m2m_ctx, to_vb2_v4l2_buffer(vb));
}

static int echo_start_streaming(struct vb2_queue *q, unsigned int count)
{
	struct echo_ctx *ctx = vb2_get_drv_priv(q);

	if (V4L2_TYPE_IS_CAPTURE(q->type))
		ctx->sequence = 0;
	return 0;
}

static void echo_stop_streaming(struct vb2_queue *q)
{
	struct echo_ctx *ctx = vb2_get_drv_priv(q);
	struct vb2_v4l2_buffer *buf;

	/* The mem2mem core has waited for the job that ran. */
	while (true) {
		buf = V4L2_TYPE_IS_OUTPUT(q->type) ? v4l2_m2m_src_buf_remove(ctx->fh.m2m_ctx) :
						     v4l2_m2m_dst_buf_remove(ctx->fh.m2m_ctx);
		if (!buf)
			break;
		v4l2_m2m_buf_done(buf, VB2_BUF_STATE_ERROR);
	}
}

static const struct vb2_ops echo_qops = {
	.queue_setup		= echo_queue_setup,
	.buf_out_validate	= echo_buf_out_validate,
	.buf_prepare		= echo_buf_prepare,
	.buf_queue		= echo_buf_queue,
	.start_streaming	= echo_start_streaming,
	.stop_streaming		= echo_stop_streaming,
	.wait_prepare		= vb2_ops_wait_prepare,
	.wait_finish		= vb2_ops_wait_finish,
};

static int echo_queue_init(void *priv, struct vb2_queue *src, struct vb2_queue *dst)
{
	struct echo_ctx *ctx = priv;
	struct vb2_queue *queues[] = { src, dst };
	unsigned int i;
	int ret;

	src->type = V4L2_BUF_TYPE_VIDEO_OUTPUT;
	dst->type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	for (i = 0; i < ARRAY_SIZE(queues); i++) {
		queues[i]->io_modes = VB2_MMAP | VB2_DMABUF;
		queues[i]->drv_priv = ctx;
		queues[i]->buf_struct_size = sizeof(struct v4l2_m2m_buffer);
		queues[i]->ops = &echo_qops;
		queues[i]->mem_ops = &vb2_vmalloc_memops;
		queues[i]->timestamp_flags = V4L2_BUF_FLAG_TIMESTAMP_COPY;
		queues[i]->lock = &ctx->dev->mutex;
		ret = vb2_queue_init(queues[i]);
		if (ret)
			return ret;
	}
	return 0;
}

static int echo_querycap(struct file *file, void *priv, struct v4l2_capability *cap)
{
	strscpy(cap->driver, "echo", sizeof(cap->driver));
	strscpy(cap->card, "echo", sizeof(cap->card));
	strscpy(cap->bus_info, "platform:echo", sizeof(cap->bus_info));
	return 0;
}

static int echo_enum_fmt(struct file *file, void *priv, struct v4l2_fmtdesc *f)
{
	if (f->index)
		return -EINVAL;
	f->pixelformat = V4L2_PIX_FMT_RGB565;
	return 0;
}

/* There is one format: to get, to try and to set are the same. */
static int echo_fmt(struct file *file, void *priv, struct v4l2_format *f)
{
	f->fmt.pix.width = ECHO_WIDTH;
	f->fmt.pix.height = ECHO_HEIGHT;
	f->fmt.pix.pixelformat = V4L2_PIX_FMT_RGB565;
	f->fmt.pix.field = V4L2_FIELD_NONE;
	f->fmt.pix.bytesperline = ECHO_STRIDE;
	f->fmt.pix.sizeimage = ECHO_SIZE;
	f->fmt.pix.colorspace = V4L2_COLORSPACE_SRGB;
	return 0;
}

static const struct v4l2_ioctl_ops echo_ioctl_ops = {
	.vidioc_querycap		= echo_querycap,
	.vidioc_enum_fmt_vid_cap	= echo_enum_fmt,
	.vidioc_g_fmt_vid_cap		= echo_fmt,
	.vidioc_try_fmt_vid_cap		= echo_fmt,
	.vidioc_s_fmt_vid_cap		= echo_fmt,
	.vidioc_enum_fmt_vid_out	= echo_enum_fmt,
	.vidioc_g_fmt_vid_out		= echo_fmt,
	.vidioc_try_fmt_vid_out		= echo_fmt,
	.vidioc_s_fmt_vid_out		= echo_fmt,
	.vidioc_reqbufs			= v4l2_m2m_ioctl_reqbufs,
	.vidioc_querybuf		= v4l2_m2m_ioctl_querybuf,
	.vidioc_qbuf			= v4l2_m2m_ioctl_qbuf,
	.vidioc_dqbuf			= v4l2_m2m_ioctl_dqbuf,
	.vidioc_prepare_buf		= v4l2_m2m_ioctl_prepare_buf,
	.vidioc_create_bufs		= v4l2_m2m_ioctl_create_bufs,
	.vidioc_expbuf			= v4l2_m2m_ioctl_expbuf,
	.vidioc_streamon		= v4l2_m2m_ioctl_streamon,
	.vidioc_streamoff		= v4l2_m2m_ioctl_streamoff,
};

static int echo_open(struct file *file)
{
	struct echo_dev *dev = video_drvdata(file);
	struct echo_ctx *ctx;
	int ret;

	ctx = kzalloc(sizeof(*ctx), GFP_KERNEL);
	if (!ctx)
		return -ENOMEM;
	ctx->dev = dev;
	spin_lock_init(&ctx->lock);
	INIT_DELAYED_WORK(&ctx->work, echo_work);
	v4l2_fh_init(&ctx->fh, video_devdata(file));
	ctx->fh.m2m_ctx = v4l2_m2m_ctx_init(dev->m2m_dev, ctx, echo_queue_init);
	if (IS_ERR(ctx->fh.m2m_ctx)) {
		ret = PTR_ERR(ctx->fh.m2m_ctx);
		v4l2_fh_exit(&ctx->fh);
		kfree(ctx);
		return ret;
	}
	file->private_data = &ctx->fh;
	v4l2_fh_add(&ctx->fh);
	return 0;
}

static int echo_release(struct file *file)
{
	struct echo_ctx *ctx = file_to_ctx(file);

	v4l2_fh_del(&ctx->fh);
	v4l2_fh_exit(&ctx->fh);
	mutex_lock(&ctx->dev->mutex);
	v4l2_m2m_ctx_release(ctx->fh.m2m_ctx);
	mutex_unlock(&ctx->dev->mutex);
	kfree(ctx);
	return 0;
}

static const struct v4l2_file_operations echo_fops = {
	.owner		= THIS_MODULE,
	.open		= echo_open,
	.release	= echo_release,
	.poll		= v4l2_m2m_fop_poll,
	.unlocked_ioctl	= video_ioctl2,
	.mmap		= v4l2_m2m_fop_mmap,
};

static int echo_probe(struct platform_device *pdev)
{
	struct video_device *vdev;
	struct echo_dev *dev;
	int ret;

	dev = devm_kzalloc(&pdev->dev, sizeof(*dev), GFP_KERNEL);
	if (!dev)
		return -ENOMEM;
	mutex_init(&dev->mutex);
	spin_lock_init(&dev->lock);
	ret = v4l2_device_register(&pdev->dev, &dev->v4l2_dev);
	if (ret)
		return ret;
	dev->m2m_dev = v4l2_m2m_init(&echo_m2m_ops);
	if (IS_ERR(dev->m2m_dev)) {
		ret = PTR_ERR(dev->m2m_dev);
		goto err_device;
	}
	vdev = &dev->vdev;
	strscpy(vdev->name, "echo", sizeof(vdev->name));
	vdev->vfl_dir = VFL_DIR_M2M;
	vdev->fops = &echo_fops;
	vdev->ioctl_ops = &echo_ioctl_ops;
	vdev->release = video_device_release_empty;
	vdev->device_caps = V4L2_CAP_VIDEO_M2M | V4L2_CAP_STREAMING;
	vdev->lock = &dev->mutex;
	vdev->v4l2_dev = &dev->v4l2_dev;
	video_set_drvdata(vdev, dev);
	platform_set_drvdata(pdev, dev);
	ret = video_register_device(vdev, VFL_TYPE_VIDEO, -1);
	if (ret)
		goto err_m2m;
	return 0;

err_m2m:
	v4l2_m2m_release(dev->m2m_dev);
err_device:
	v4l2_device_unregister(&dev->v4l2_dev);
	return ret;
}

static void echo_remove(struct platform_device *pdev)
{
	struct echo_dev *dev = platform_get_drvdata(pdev);

	video_unregister_device(&dev->vdev);
	v4l2_m2m_release(dev->m2m_dev);
	v4l2_device_unregister(&dev->v4l2_dev);
}

static struct platform_driver echo_driver = {
	.probe		= echo_probe,
	.remove		= echo_remove,
	.driver.name	= "m2m-echo",
};

static int __init echo_init(void)
{
	int ret;

	ret = platform_driver_register(&echo_driver);
	if (ret)
		return ret;
	echo_pdev = platform_device_register_simple("m2m-echo", -1, NULL, 0);
	if (IS_ERR(echo_pdev)) {
		platform_driver_unregister(&echo_driver);
		return PTR_ERR(echo_pdev);
	}
	return 0;
}
module_init(echo_init);

static void __exit echo_exit(void)
{
	platform_device_unregister(echo_pdev);
	platform_driver_unregister(&echo_driver);
}
module_exit(echo_exit);

MODULE_DESCRIPTION("mem2mem driver that copies, after a while");
MODULE_LICENSE("GPL");

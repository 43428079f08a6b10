# What make is told with the profile kcsan: code that is under test is instrumented, nothing
# else.  The kernel's core has hundreds of races that are known and meant; each report of one
# would be a reason to doubt a case, and each delay there would be paid for.
KCSAN_SANITIZE=$(if $(filter drivers/media/% drivers/dma-buf/%,$(obj)/),,n)

"""What all tests share: nothing is timed, for several processes share the machine."""

from hypothesis import settings

from cubes import extension

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
extension.register()

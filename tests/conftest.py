"""What all tests share: nothing is timed, for several processes share the machine."""

from hypothesis import settings

from cubes import cube_extension
from data import operational_extension

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
cube_extension.register()
operational_extension.register()

"""What all tests share: nothing is timed, for several processes share the machine; a failure tells what was asked."""

from hypothesis import settings

from cubes import cube_extension
from data import operational_extension

pytest_plugins = ["pytester", "tests.questions_told"]

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
cube_extension.register()
operational_extension.register()

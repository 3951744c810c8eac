    from unittest import mock
    return mock.ANY

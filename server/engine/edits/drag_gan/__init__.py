# SPDX-License-Identifier: Apache-2.0
"""The edit `drag-gan`: points of a picture pulled in the hands of a generator."""

# SPDX-License-Identifier: Apache-2.0
"""`pullbrush doctor`: facts about this machine, the plug-ins, the engine and the models' words."""

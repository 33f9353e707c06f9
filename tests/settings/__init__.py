"""Tests of the settings: real files in a folder of their own."""

"""What Spark starts its Python workers from, with our library loaded once for all of them."""

import pyspark.daemon

import inadimplencia_ml.spark.works  # noqa: F401  # for the workers that are forked from here

if __name__ == "__main__":
    pyspark.daemon.manager()

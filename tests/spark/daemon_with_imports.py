"""What Spark starts its Python workers from, with our library loaded once for all of them."""

if __name__ == "__main__":  # not where the tests are gathered: there may be no Spark
    import pyspark.daemon

    import inadimplencia_ml.spark.works  # noqa: F401  # for the workers that are forked from here

    pyspark.daemon.manager()
